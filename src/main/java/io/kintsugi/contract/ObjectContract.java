package io.kintsugi.contract;

import io.kintsugi.kernel.BlobOffer;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Bytes of objects in and out. The asker checks what only it can (signatures, declared digests)
/// and ends the stream only if they hold: a stream that is aborted leaves no object.
public final class ObjectContract {
  /// A hint for those who work in the background: who asks in the foreground comes first.
  public static final Topic<LoadReported> LOAD_REPORTED =
      new Topic<>("object.event.load-reported.v1", LoadReported.class);

  /// Ask with [io.kintsugi.kernel.Bus#askWhile]: the answer comes when the object is committed.
  public static final Call<PutObject, Stored> PUT_OBJECT =
      new Call<>("object.call.put-object.v1", PutObject.class, Stored.class);

  /// Answers with the head at once; the bytes follow on the ticket's stream.
  public static final Call<GetObject, Reading> GET_OBJECT =
      new Call<>("object.call.get-object.v1", GetObject.class, Reading.class);

  /// Ask with [io.kintsugi.kernel.Bus#askWhile].
  public static final Call<PutPart, PartStored> PUT_PART =
      new Call<>("object.call.put-part.v1", PutPart.class, PartStored.class);

  public static final Call<CopyObject, Stored> COPY_OBJECT =
      new Call<>("object.call.copy-object.v1", CopyObject.class, Stored.class, 3_600_000);
  public static final Call<CopyPart, PartStored> COPY_PART =
      new Call<>("object.call.copy-part.v1", CopyPart.class, PartStored.class, 3_600_000);

  /// Reads a segment, writes it anew with its bucket's layout, and has the catalog swap the two.
  public static final Call<RelaySegment, Relaid> RELAY_SEGMENT =
      new Call<>("object.call.relay-segment.v1", RelaySegment.class, Relaid.class, 3_600_000);

  /// A segment to be written anew. Task and attempt are those of the claim on its heal row.
  public record RelaySegment(
      String bucket, String key, String versionId, Segment segment, long taskId, int attempt) {}

  /// What became of it.
  ///
  /// @param outcome relaid, gone (it died meanwhile) or unneeded (its bucket wants no more than it
  ///   has)
  public record Relaid(String outcome) {
    public static final String RELAID = "relaid";
    public static final String GONE = "gone";
    public static final String UNNEEDED = "unneeded";
  }

  /// An object to store.
  ///
  /// @param sizeBytes exactly as many bytes must come
  public record PutObject(
      String bucket,
      String key,
      long sizeBytes,
      @Nullable String contentType,
      Map<String, String> headers,
      Map<String, String> metadata,
      Condition condition,
      BlobOffer body) {
    public PutObject {
      headers = Map.copyOf(headers);
      metadata = Map.copyOf(metadata);
    }
  }

  /// An object that is stored.
  ///
  /// @param publicId what clients call its version; null where the bucket never kept versions
  /// @param sourcePublicId likewise of the version that was copied, if any was
  public record Stored(
      String versionId,
      ObjectInfo info,
      @Nullable String publicId,
      @Nullable String sourcePublicId) {}

  /// A range is `first`..`last` (last null: to the end), or the last `suffixBytes`; all null: the
  /// whole object. A range that misses the object fails with INVALID_RANGE and `size` in the
  /// details.
  public record GetObject(
      String bucket,
      String key,
      @Nullable String versionId,
      @Nullable Long first,
      @Nullable Long last,
      @Nullable Long suffixBytes,
      BlobTicket into) {}

  /// The head of what is being read.
  ///
  /// @param offset of the first byte that follows
  /// @param lengthBytes how many bytes follow
  /// @param publicId what clients call the version; null where the bucket never kept versions
  /// @param copied when the copy was made that stands in for shards which cannot be read; null: the
  ///   bytes come from shards
  public record Reading(
      String versionId,
      ObjectInfo info,
      long offset,
      long lengthBytes,
      @Nullable String publicId,
      @Nullable Instant copied) {
    /// Bytes from shards.
    public Reading(
        String versionId,
        ObjectInfo info,
        long offset,
        long lengthBytes,
        @Nullable String publicId) {
      this(versionId, info, offset, lengthBytes, publicId, null);
    }
  }

  public record PutPart(
      String bucket, String key, String uploadId, int number, long sizeBytes, BlobOffer body) {}

  /// A part that is stored.
  ///
  /// @param sourcePublicId what clients call the version that was copied; null if none was
  public record PartStored(String etag, long sizeBytes, @Nullable String sourcePublicId) {
    public PartStored(String etag, long sizeBytes) {
      this(etag, sizeBytes, null);
    }
  }

  /// Writes new segments from the verified bytes of another object.
  ///
  /// @param info null: content type, headers and metadata of the source are kept
  public record CopyObject(
      String sourceBucket,
      String sourceKey,
      @Nullable String sourceVersionId,
      @Nullable Condition sourceCondition,
      String bucket,
      String key,
      @Nullable ObjectInfo info,
      Condition condition) {}

  public record CopyPart(
      String sourceBucket,
      String sourceKey,
      @Nullable String sourceVersionId,
      @Nullable Condition sourceCondition,
      @Nullable Long first,
      @Nullable Long last,
      String bucket,
      String key,
      String uploadId,
      int number) {}

  /// How the data path of one verticle instance is doing, once a second while anybody wants
  /// something of it.
  ///
  /// @param source tells instances apart
  /// @param inFlight operations that have not ended
  /// @param operations how many ended in that second; without those whose time is their sender's
  /// @param p50Millis until the first byte was verified (reads) or the object committed (writes)
  /// @param p99Millis likewise
  public record LoadReported(
      String source, int inFlight, long operations, double p50Millis, double p99Millis) {}

  private ObjectContract() {}
}
