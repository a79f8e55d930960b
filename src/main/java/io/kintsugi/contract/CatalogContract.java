package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the catalog knows and changes: buckets, objects, write sessions, listings. Every change is
/// one transaction that also writes a row `change(seq, kind, body)`, and is idempotent by an id in
/// its question.
public final class CatalogContract {
  public static final Call<CreateBucket, Bucket> CREATE_BUCKET =
      new Call<>("catalog.call.create-bucket.v1", CreateBucket.class, Bucket.class);
  public static final Call<GetBucket, Bucket> GET_BUCKET =
      new Call<>("catalog.call.get-bucket.v1", GetBucket.class, Bucket.class);
  public static final Call<ListBuckets, Buckets> LIST_BUCKETS =
      new Call<>("catalog.call.list-buckets.v1", ListBuckets.class, Buckets.class);
  public static final Call<ChangeBucket, Bucket> CHANGE_BUCKET =
      new Call<>("catalog.call.change-bucket.v1", ChangeBucket.class, Bucket.class);
  public static final Call<DeleteBucket, Done> DELETE_BUCKET =
      new Call<>("catalog.call.delete-bucket.v1", DeleteBucket.class, Done.class);

  public static final Call<OpenSession, Session> OPEN_SESSION =
      new Call<>("catalog.call.open-session.v1", OpenSession.class, Session.class);
  public static final Call<RenewSession, Session> RENEW_SESSION =
      new Call<>("catalog.call.renew-session.v1", RenewSession.class, Session.class);
  public static final Call<CloseSession, Done> CLOSE_SESSION =
      new Call<>("catalog.call.close-session.v1", CloseSession.class, Done.class);

  public static final Call<CommitObject, Committed> COMMIT_OBJECT =
      new Call<>("catalog.call.commit-object.v1", CommitObject.class, Committed.class);
  public static final Call<DeleteObjects, Deleted> DELETE_OBJECTS =
      new Call<>("catalog.call.delete-objects.v1", DeleteObjects.class, Deleted.class);
  public static final Call<FindObject, ObjectEntry> FIND_OBJECT =
      new Call<>("catalog.call.find-object.v1", FindObject.class, ObjectEntry.class);
  public static final Call<HeadObject, ObjectHead> HEAD_OBJECT =
      new Call<>("catalog.call.head-object.v1", HeadObject.class, ObjectHead.class);
  public static final Call<ListObjects, ObjectPage> LIST_OBJECTS =
      new Call<>("catalog.call.list-objects.v1", ListObjects.class, ObjectPage.class);
  public static final Call<CountObjects, ObjectCount> COUNT_OBJECTS =
      new Call<>("catalog.call.count-objects.v1", CountObjects.class, ObjectCount.class, 60_000);
  public static final Call<ListVersions, VersionPage> LIST_VERSIONS =
      new Call<>("catalog.call.list-versions.v1", ListVersions.class, VersionPage.class);

  /// Counting the rows of many millions of shards takes its time.
  public static final Call<GetStanding, Standing> GET_STANDING =
      new Call<>("catalog.call.get-standing.v1", GetStanding.class, Standing.class, 60_000);

  /// A bucket and how its objects are kept.
  ///
  /// @param bucketClass critical, important or standard
  /// @param strategy one of the seven placement strategies, such as RoundRobin
  /// @param onShortage `degrade` (write with fewer data shards) or `refuse`
  /// @param warning what a person should know of this layout, such as "1+0 survives no loss"
  /// @param version counts its changes; the REST ETag
  /// @param versioning `Enabled`, `Suspended`, or null as long as nobody has set it
  public record Bucket(
      String name,
      Layout layout,
      String bucketClass,
      String strategy,
      String onShortage,
      @Nullable String warning,
      Instant created,
      long version,
      @Nullable String versioning) {
    public Bucket(
        String name,
        Layout layout,
        String bucketClass,
        String strategy,
        String onShortage,
        @Nullable String warning,
        Instant created,
        long version) {
      this(name, layout, bucketClass, strategy, onShortage, warning, created, version, null);
    }
  }

  /// A bucket to be.
  ///
  /// @param layout null: by the number of origins (1: 1+0, 2: 1+1, 3: 2+1, 4: 2+2, 5: 3+2, 6 and 7:
  ///   4+2, from 8: 6+2)
  /// @param region as a client gave it; kept for GetBucketLocation only
  public record CreateBucket(
      String name,
      @Nullable Layout layout,
      @Nullable String bucketClass,
      @Nullable String region) {}

  public record GetBucket(String name) {}

  public record ListBuckets() {}

  public record Buckets(List<Bucket> buckets) {
    public Buckets {
      buckets = List.copyOf(buckets);
    }
  }

  /// Null fields stay as they are. A new layout holds for objects written from then on.
  ///
  /// @param ifVersion the version the caller saw, or null for any
  /// @param versioning `Enabled` or `Suspended`
  public record ChangeBucket(
      String name,
      @Nullable Layout layout,
      @Nullable String bucketClass,
      @Nullable String strategy,
      @Nullable String onShortage,
      @Nullable Long ifVersion,
      @Nullable String versioning) {
    public ChangeBucket(
        String name,
        @Nullable Layout layout,
        @Nullable String bucketClass,
        @Nullable String strategy,
        @Nullable String onShortage,
        @Nullable Long ifVersion) {
      this(name, layout, bucketClass, strategy, onShortage, ifVersion, null);
    }
  }

  /// Refused with CONFLICT (`what=bucket-not-empty`) while it holds objects, any version or delete
  /// marker, or uploads.
  public record DeleteBucket(String name) {}

  /// Asks for a right to write.
  ///
  /// @param holder node and feature
  /// @param life names the life of the holder's process, and is drawn anew for each: sessions that
  ///   were opened under earlier lives of the same holder are closed, and what they had claimed is
  ///   given back at once. Null: they are left to their leases
  public record OpenSession(String holder, @Nullable String life) {
    public OpenSession(String holder) {
      this(holder, null);
    }
  }

  /// A right to write for one process life. Write ids and attempt ids are session id + counter.
  ///
  /// @param sessionId 16 hex digits, drawn at random, unique for ever
  /// @param leaseMillis how long it lives without being renewed
  public record Session(String sessionId, long leaseMillis) {}

  /// Lengthens a lease.
  ///
  /// @param lowWater no commit with a lower counter will ever be asked for again
  public record RenewSession(String sessionId, long lowWater) {}

  public record CloseSession(String sessionId) {}

  /// Makes a written object visible. Idempotent by `versionId`. Fails with PRECONDITION_FAILED,
  /// NOT_FOUND (`what=bucket`), or CONFLICT (`what=session`: closed, or below low water).
  ///
  /// @param versionId 32 hex digits: the write id of its first segment
  public record CommitObject(
      String sessionId,
      String bucket,
      String key,
      String versionId,
      ObjectInfo info,
      List<Segment> segments,
      Condition condition) {
    public CommitObject {
      segments = List.copyOf(segments);
    }
  }

  /// A change that everybody sees now.
  ///
  /// @param seq place in the order of all changes
  /// @param publicId see [ObjectHead]
  public record Committed(String versionId, long seq, ObjectInfo info, @Nullable String publicId) {
    public Committed(String versionId, long seq, ObjectInfo info) {
      this(versionId, seq, info, null);
    }
  }

  /// At most 1000 keys, in one transaction.
  public record DeleteObjects(String bucket, List<DeleteKey> keys) {
    public DeleteObjects {
      keys = List.copyOf(keys);
    }
  }

  /// One key to delete.
  ///
  /// @param versionId the version to remove for good, `null` as a text included; null: the current
  ///   one, which dies where the bucket keeps no versions, and else gives way to a delete marker
  /// @param condition of the named version; of the current one where none is named
  public record DeleteKey(String key, @Nullable String versionId, Condition condition) {}

  public record Deleted(List<DeletedKey> keys) {
    public Deleted {
      keys = List.copyOf(keys);
    }
  }

  /// What became of one key.
  ///
  /// @param existed false if there was nothing to delete, which is not an error
  /// @param failedCode null if deleted; else the name of a failure code
  /// @param versionId as it was named, or null
  /// @param markerId the delete marker that was set, or the one that was removed; else null
  public record DeletedKey(
      String key,
      boolean existed,
      @Nullable String failedCode,
      @Nullable String versionId,
      @Nullable String markerId) {
    public DeletedKey(String key, boolean existed, @Nullable String failedCode) {
      this(key, existed, failedCode, null, null);
    }
  }

  /// Names one version of an object. Fails with NOT_FOUND and `what` = bucket, key (then `marker`
  /// is the id of the delete marker that stands for it, if there is one), version, or
  /// delete-marker: the version that was named is one (`marker` its id, `created` its time).
  ///
  /// @param versionId null: the current version; `null` as a text: the one that was written while
  ///   the bucket kept no versions
  public record FindObject(String bucket, String key, @Nullable String versionId) {}

  /// Everything needed to read an object.
  ///
  /// @param publicId see [ObjectHead]
  public record ObjectEntry(
      String bucket,
      String key,
      String versionId,
      ObjectInfo info,
      List<Segment> segments,
      @Nullable String publicId) {
    public ObjectEntry {
      segments = List.copyOf(segments);
    }

    public ObjectEntry(
        String bucket, String key, String versionId, ObjectInfo info, List<Segment> segments) {
      this(bucket, key, versionId, info, segments, null);
    }
  }

  /// Fails like [FindObject].
  public record HeadObject(String bucket, String key, @Nullable String versionId) {}

  /// What is known of an object without its segments.
  ///
  /// @param partSizes sizes of the parts of a multipart object, else empty
  /// @param publicId what clients call this version: its id, or `null` as a text if it was written
  ///   while the bucket kept no versions; null if the bucket never kept any
  public record ObjectHead(
      String bucket,
      String key,
      String versionId,
      ObjectInfo info,
      List<Long> partSizes,
      @Nullable String publicId) {
    public ObjectHead {
      partSizes = List.copyOf(partSizes);
    }
  }

  /// Keys sort by their UTF-8 bytes.
  ///
  /// @param after start behind this key or common prefix; null: from the beginning
  /// @param max 0 to 1000 keys and common prefixes together
  public record ListObjects(
      String bucket, String prefix, @Nullable String delimiter, @Nullable String after, int max) {}

  /// One page of a listing.
  ///
  /// @param nextAfter what to pass as `after` for the next page; null if this was the last
  public record ObjectPage(
      List<ListedObject> objects, List<String> commonPrefixes, @Nullable String nextAfter) {
    public ObjectPage {
      objects = List.copyOf(objects);
      commonPrefixes = List.copyOf(commonPrefixes);
    }
  }

  public record ListedObject(
      String key, String versionId, long sizeBytes, String etag, Instant created) {}

  /// Asks how many keys have a current version.
  public record CountObjects(String bucket) {}

  public record ObjectCount(long objects) {}

  /// Asks for all versions and delete markers: by key, the newest of each key first.
  ///
  /// @param afterKey start behind all of this key, or behind this common prefix; null: from the
  ///   beginning
  /// @param afterVersion start behind this version of `afterKey`, whether or not it still exists
  /// @param max 0 to 1000 versions and common prefixes together
  public record ListVersions(
      String bucket,
      String prefix,
      @Nullable String delimiter,
      @Nullable String afterKey,
      @Nullable String afterVersion,
      int max) {}

  /// One page of versions.
  ///
  /// @param nextKey what to pass as `afterKey` for the next page; null if this was the last
  /// @param nextVersion what to pass as `afterVersion`
  public record VersionPage(
      List<ListedVersion> versions,
      List<String> commonPrefixes,
      @Nullable String nextKey,
      @Nullable String nextVersion) {
    public VersionPage {
      versions = List.copyOf(versions);
      commonPrefixes = List.copyOf(commonPrefixes);
    }
  }

  /// A version or delete marker.
  ///
  /// @param publicId its id, or `null` as a text if it was written while the bucket kept no
  ///   versions
  /// @param latest it is the current one of its key
  public record ListedVersion(
      String key,
      String publicId,
      boolean latest,
      boolean marker,
      long sizeBytes,
      String etag,
      Instant created) {}

  /// How safe each bucket is, as far as the catalog knows. Every version counts as an object.
  public record GetStanding() {}

  public record Standing(List<BucketStanding> buckets, long objects, long bytes, Instant at) {
    public Standing {
      buckets = List.copyOf(buckets);
    }
  }

  /// How safe one bucket is.
  ///
  /// @param survivesLosses how many further losses its weakest object survives now; negative if
  ///   something cannot be read now
  /// @param objectsBySpare number of objects by further losses survived; key as text, `-1` = lost
  /// @param oldestVerified null if something in it was never verified
  /// @param unreachableOrigins origins that do not answer now and should hold shards of it; whether
  ///   those are sound is unknown, so none of them is counted on
  public record BucketStanding(
      String bucket,
      Layout layout,
      long objects,
      long bytes,
      int survivesLosses,
      Map<String, Long> objectsBySpare,
      @Nullable Instant oldestVerified,
      @Nullable List<String> unreachableOrigins) {
    public BucketStanding {
      objectsBySpare = Map.copyOf(objectsBySpare);
      unreachableOrigins = unreachableOrigins == null ? null : List.copyOf(unreachableOrigins);
    }
  }

  private CatalogContract() {}
}
