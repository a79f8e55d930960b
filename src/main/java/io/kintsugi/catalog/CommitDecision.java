package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What becomes of one member of a commit batch, given what the database said under its locks.
@Pure
sealed interface CommitDecision {
  /// It was committed before: the same answer again.
  record Known(Committed committed) implements CommitDecision {}

  /// It drops out alone.
  record Refused(Failure failure) implements CommitDecision {}

  /// Nothing is alive of the key.
  record Create(int bucketId, boolean nullVersion) implements CommitDecision {}

  /// The key's current version gives way.
  record Replace(int bucketId, Versioning.Succession succession) implements CommitDecision {}

  /// Another transaction made the key after our look: decide again.
  record Raced() implements CommitDecision {}

  /// The current version of a key.
  ///
  /// @param etag null if it is a delete marker: then there is no object
  record Head(UUID versionId, @Nullable String etag, boolean nullVersion) {}

  /// A version that exists already.
  record KnownVersion(String bucketAndKey, Committed committed) {}

  /// What the locks showed.
  ///
  /// @param lowWater of the session; null if it may not write
  /// @param bucket null if there is no such bucket
  /// @param pastNull the key's null version, if it is alive and not the current one
  record Seen(
      @Nullable KnownVersion known,
      @Nullable Long lowWater,
      ObjectRows.@Nullable LockedBucket bucket,
      @Nullable Head head,
      @Nullable Head pastNull) {}

  static CommitDecision decide(CommitObject member, Seen seen) {
    var known = seen.known();
    if (known != null) {
      return known.bucketAndKey().equals(member.bucket() + "/" + member.key())
          ? new Known(known.committed())
          : new Refused(Ids.conflict("version", "version id of another key"));
    }
    var session = session(member.sessionId(), member.segments(), seen.lowWater());
    if (session != null) {
      return new Refused(session);
    }
    var bucket = seen.bucket();
    if (bucket == null) {
      return new Refused(Ids.noBucket(member.bucket()));
    }
    var head = seen.head();
    if (!holds(member.condition(), head == null ? null : head.etag())) {
      return new Refused(
          Failure.of(
              FailureCode.PRECONDITION_FAILED, "the condition on " + member.key() + " is not met"));
    }
    var succession = bucket.versioning().succeed(head, seen.pastNull());
    return head == null
        ? new Create(bucket.id(), succession.nullVersion())
        : new Replace(bucket.id(), succession);
  }

  /// Null if the session may commit these segments.
  static @Nullable Failure session(
      String sessionId, List<Segment> segments, @Nullable Long lowWater) {
    if (lowWater == null) {
      return Sessions.gone(sessionId);
    }
    for (var segment : segments) {
      if (isBelow(segment.writeId(), lowWater)
          || segment.locations().stream().anyMatch(l -> isBelow(l.attemptId(), lowWater))) {
        return Ids.conflict("session", "the write is below the low water of its session");
      }
    }
    return null;
  }

  static boolean isBelow(String id, long lowWater) {
    return Long.compareUnsigned(Long.parseUnsignedLong(id, 16, 32, 16), lowWater) < 0;
  }

  /// Whether a condition holds of the current ETag, null if there is no current version.
  static boolean holds(Condition condition, @Nullable String etag) {
    var match = condition.ifMatch();
    var noneMatch = condition.ifNoneMatch();
    boolean matches = match == null || (etag != null && (match.equals("*") || match.equals(etag)));
    boolean differs =
        noneMatch == null || etag == null || !(noneMatch.equals("*") || noneMatch.equals(etag));
    return matches && differs;
  }

  /// Refuses what no state of the catalog could make right.
  static void require(CommitObject question) {
    Ids.requireKey(question.key());
    requireInfo(question.info());
    Ids.uuid(question.versionId());
    requireSegments(question.sessionId(), question.segments(), question.info().sizeBytes());
    if (!question.segments().getFirst().writeId().equals(question.versionId())) {
      throw Ids.invalid("the version id is not the write id of the first segment");
    }
  }

  static void requireInfo(ObjectInfo info) {
    Ids.requireText("content type", info.contentType());
    Ids.requireText("etag", info.etag());
    Ids.requireTexts("headers", info.headers());
    Ids.requireTexts("metadata", info.metadata());
  }

  static void requireSegments(String sessionId, List<Segment> segments, long sizeBytes) {
    long offset = 0;
    if (segments.isEmpty()) {
      throw Ids.invalid("there is no segment");
    }
    for (int i = 0; i < segments.size(); i++) {
      var segment = segments.get(i);
      if (segment.ordinal() != i || segment.offset() != offset || segment.sizeBytes() < 0) {
        throw Ids.invalid("the segments do not follow one another");
      }
      offset += segment.sizeBytes();
      requireSession(sessionId, segment.writeId());
      requireShards(sessionId, segment);
    }
    if (offset != sizeBytes) {
      throw Ids.invalid("the segments hold " + offset + " bytes, not " + sizeBytes);
    }
  }

  static void requireShards(String sessionId, Segment segment) {
    int shards = segment.layout().shards();
    var indexes = new HashSet<Integer>();
    for (Location location : segment.locations()) {
      requireSession(sessionId, location.attemptId());
      if (location.index() < 0 || location.index() >= shards || !indexes.add(location.index())) {
        throw Ids.invalid("shard index " + location.index() + " is out of range or there twice");
      }
      requirePlace(location);
    }
    if (indexes.size() != shards || segment.shardSha256().size() != shards) {
      throw Ids.invalid("a segment of " + segment.layout() + " has " + shards + " shards");
    }
    requireDigest(segment.footerSha256());
    segment.shardSha256().forEach(CommitDecision::requireDigest);
  }

  static void requirePlace(Location location) {
    var packed = location.packed();
    if (packed != null && (!packed.pack().startsWith("packs/") || packed.offset() < 0)) {
      throw Ids.invalid("no place in a pack: " + packed);
    }
  }

  private static void requireDigest(String hex) {
    boolean good =
        hex.length() == 64
            && hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    if (!good) {
      throw Ids.invalid("a SHA-256 is 64 hex digits");
    }
  }

  static void requireSession(String sessionId, String id) {
    Ids.uuid(id);
    if (!id.startsWith(sessionId.toLowerCase(Locale.ROOT)) || sessionId.length() != 16) {
      throw Ids.invalid("id " + id + " is not of session " + sessionId);
    }
  }
}
