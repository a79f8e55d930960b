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
        1,
        null);
  }

  /// The same origin in another role.
  public OriginDefinition as(String newRole) {
    return draft().role(newRole).done();
  }

  /// The same, of which some is to be said anew.
  public Draft draft() {
    return new Draft(this);
  }

  /// A definition in the making. Null says nothing: what was said before stays.
  public static final class Draft {
    private final String id;
    private final String kind;
    private Map<String, String> settings;
    private int priority;
    private String domain;
    private boolean enabled;
    private boolean readEnabled;
    private boolean writeEnabled;
    private long reserveBytes;
    private long capacityBytes;
    private double costPerGb;
    private @Nullable Long sizeThresholdBytes;
    private double weight;
    private @Nullable String role;

    private Draft(OriginDefinition from) {
      id = from.id;
      kind = from.kind;
      settings = from.settings;
      priority = from.priority;
      domain = from.domain;
      enabled = from.enabled;
      readEnabled = from.readEnabled;
      writeEnabled = from.writeEnabled;
      reserveBytes = from.reserveBytes;
      capacityBytes = from.capacityBytes;
      costPerGb = from.costPerGb;
      sizeThresholdBytes = from.sizeThresholdBytes;
      weight = from.weight;
      role = from.role;
    }

    public Draft settings(@Nullable Map<String, String> said) {
      settings = said == null ? settings : said;
      return this;
    }

    public Draft priority(@Nullable Integer said) {
      priority = said == null ? priority : said;
      return this;
    }

    public Draft domain(@Nullable String said) {
      domain = said == null ? domain : said;
      return this;
    }

    public Draft enabled(@Nullable Boolean said) {
      enabled = said == null ? enabled : said;
      return this;
    }

    public Draft readEnabled(@Nullable Boolean said) {
      readEnabled = said == null ? readEnabled : said;
      return this;
    }

    public Draft writeEnabled(@Nullable Boolean said) {
      writeEnabled = said == null ? writeEnabled : said;
      return this;
    }

    public Draft reserveBytes(@Nullable Long said) {
      reserveBytes = said == null ? reserveBytes : said;
      return this;
    }

    public Draft capacityBytes(@Nullable Long said) {
      capacityBytes = said == null ? capacityBytes : said;
      return this;
    }

    public Draft costPerGb(@Nullable Double said) {
      costPerGb = said == null ? costPerGb : said;
      return this;
    }

    /// A negative one takes it away.
    public Draft sizeThresholdBytes(@Nullable Long said) {
      if (said != null) {
        sizeThresholdBytes = said < 0 ? null : said;
      }
      return this;
    }

    public Draft weight(@Nullable Double said) {
      weight = said == null ? weight : said;
      return this;
    }

    public Draft role(@Nullable String said) {
      role = said == null ? role : said;
      return this;
    }

    public OriginDefinition done() {
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
          role);
    }
  }
}
