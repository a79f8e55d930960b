package io.kintsugi.catalog;

import io.kintsugi.catalog.CommitDecision.Head;
import io.kintsugi.kernel.Pure;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Whether a bucket keeps versions, and what follows for those that are there when another comes.
@Pure
enum Versioning {
  /// Nobody has ever set it: each version replaces the one before.
  NEVER(null),
  ENABLED("Enabled"),
  /// What is written from now on replaces only what was written without versions.
  SUSPENDED("Suspended");

  /// What clients call the version that was written while the bucket kept none.
  static final String NULL_ID = "null";

  private final @Nullable String word;

  Versioning(@Nullable String word) {
    this.word = word;
  }

  /// What becomes of the versions that were there.
  ///
  /// @param nullVersion the new one is the null version of its key
  /// @param past the one that lives on, but is no longer current
  /// @param dead those that die
  record Succession(boolean nullVersion, @Nullable UUID past, List<UUID> dead) {
    Succession {
      dead = List.copyOf(dead);
    }
  }

  static Versioning of(@Nullable String word) {
    for (var versioning : values()) {
      if (versioning.word != null && versioning.word.equals(word)) {
        return versioning;
      }
    }
    return NEVER;
  }

  static void requireWord(@Nullable String word) {
    if (word != null && of(word) == NEVER) {
      throw Ids.invalid("versioning must be one of [Enabled, Suspended]");
    }
  }

  /// What clients call a version in such a bucket.
  @Nullable String publicId(UUID versionId, boolean nullVersion) {
    return this == NEVER ? null : anyId(versionId, nullVersion);
  }

  static String anyId(UUID versionId, boolean nullVersion) {
    return nullVersion ? NULL_ID : Ids.hex(versionId);
  }

  /// A version or marker becomes the current one of its key.
  ///
  /// @param head the current one until now
  /// @param pastNull the null version of the key, if it is alive and not the current one
  Succession succeed(@Nullable Head head, @Nullable Head pastNull) {
    if (this == ENABLED) {
      return new Succession(false, head == null ? null : head.versionId(), List.of());
    }
    if (head != null && head.nullVersion()) {
      return new Succession(true, null, List.of(head.versionId()));
    }
    return new Succession(
        true,
        head == null ? null : head.versionId(),
        pastNull == null ? List.of() : List.of(pastNull.versionId()));
  }
}
