package io.kintsugi.contract;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an origin is and what it may be used for, as an operator says it. It holds no secret.
///
/// @param kind local, nfs, smb, sftp or s3
/// @param settings where it is, in the words of its kind: `path`; `host`, `share`; `bucket` and so
///   on. Credentials stand here only as names of files or of environment variables
/// @param priority lower is preferred
/// @param domain failure domain: no two shards of a segment share one
/// @param enabled it is used at all
/// @param reserveBytes room that shards leave free
/// @param capacityBytes no more of ours than this lies there; 0: as much as fits
/// @param costPerGb of a month, in whatever currency all origins are said in
/// @param sizeThresholdBytes SizeBased puts shards of at least this size here; null: it is for
///   those that are too small for all others
/// @param weight its share under ConsistentHash, in proportion to those of the others
/// @param role `files`: it holds plain files of others, which are shown as they are, and never a
///   shard; null or `shards`: it holds shards and nothing else
public record OriginDefinition(
    String id,
    String kind,
    Map<String, String> settings,
    int priority,
    String domain,
    boolean enabled,
    boolean readEnabled,
    boolean writeEnabled,
    long reserveBytes,
    long capacityBytes,
    double costPerGb,
    @Nullable Long sizeThresholdBytes,
    double weight,
    @Nullable String role) {
  public static final String SHARDS = "shards";
  public static final String FILES = "files";
  public static final int DEFAULT_PRIORITY = 100;

  /// Room for markers, journal and repairs.
  public static final long DEFAULT_RESERVE_BYTES = 64L << 20;

  public OriginDefinition {
    settings = Map.copyOf(settings);
  }

  /// An origin for shards.
  public OriginDefinition(
      String id,
      String kind,
      Map<String, String> settings,
      int priority,
      String domain,
      boolean enabled,
      boolean readEnabled,
      boolean writeEnabled,
      long reserveBytes,
      long capacityBytes,
      double costPerGb,
      @Nullable Long sizeThresholdBytes,
      double weight) {
    this(
        id,
        kind,
        settings,
        priority,
        domain,
        enabled,
        readEnabled,
        writeEnabled,
        reserveBytes,
        capacityBytes,
        costPerGb,
        sizeThresholdBytes,
        weight,
        null);
  }

  /// The same origin in another role.
  public OriginDefinition as(@Nullable String newRole) {
    return new OriginDefinition(
        id,
        kind,
        settings,
        priority,
        domain,
        enabled,
        readEnabled,
        writeEnabled,
        reserveBytes,
        capacityBytes,
        costPerGb,
        sizeThresholdBytes,
        weight,
        newRole);
  }

  /// Whether plain files lie there, and no shards.
  public boolean holdsFiles() {
    return FILES.equals(role);
  }

  /// An origin with every default.
  public static OriginDefinition of(String id, String kind, Map<String, String> settings) {
    return new OriginDefinition(
        id,
        kind,
        settings,
        DEFAULT_PRIORITY,
        id,
        true,
        true,
        true,
        DEFAULT_RESERVE_BYTES,
        0,
        0,
        null,
        1);
  }
}
