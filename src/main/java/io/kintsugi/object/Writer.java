package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.route.Spread;
import io.kintsugi.session.WriteSession;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes the bytes of one object or part, one segment after the other. It makes nothing visible:
/// that is the commit's, with what [#finish] gives.
final class Writer {
  private final Workshop shop;
  private final WriteJob job;
  private final WriteSession session;
  private final WriteId versionId;
  private final Bucket bucket;
  private final BodySum sum;
  private final List<Segment> segments = new ArrayList<>();
  private @Nullable OpenSegment segment;
  private @Nullable Failure failed;
  private long offset;
  private long takenBytes;

  /// What was written.
  ///
  /// @param etag MD5 of all bytes, hex
  record Written(String versionId, String etag, List<Segment> segments) {
    /// How many segments lack a shard.
    int incomplete() {
      return (int)
          segments.stream()
              .filter(segment -> segment.locations().stream().anyMatch(at -> !at.landed()))
              .count();
    }
  }

  /// A writer of one object or part.
  ///
  /// @param hold of a session; its id becomes the write id of the first segment
  Writer(Workshop shop, WriteJob job, Bucket bucket, WriteSession.Hold hold) {
    this.shop = shop;
    this.job = job;
    this.bucket = bucket;
    session = hold.session();
    versionId = hold.first();
    sum = new BodySum(shop.world());
  }

  /// Done when the first bytes may come.
  Future<Void> open() {
    return openSegment(versionId);
  }

  private Future<Void> openSegment(WriteId writeId) {
    long sizeBytes = job.segmentBytes(offset, shop.settings().segmentBytesMax());
    var wanted = Kept.of(bucket).geometry(sizeBytes);
    if (sizeBytes <= shop.settings().packedBytesMax()) {
      return openSmall(writeId, sizeBytes, wanted);
    }
    var layout = new Layout(wanted.k(), wanted.m());
    var footerGuess = 1024;
    var question =
        new Place(
            layout.shards(),
            List.of(),
            bucket.strategy(),
            new Striping(wanted, sizeBytes).shardFileBytes(footerGuess),
            Kept.of(bucket).isByKey() ? keySpread() : writeId.counter());
    return shop.world()
        .bus()
        .ask(OriginContract.PLACE, question)
        .map(placement -> begin(writeId, sizeBytes, layout, placement));
  }

  private @Nullable Void begin(
      WriteId writeId, long sizeBytes, Layout wanted, Placement placement) {
    requireSession();
    var origins = placement.origins();
    switch (Shortage.decide(wanted, bucket.onShortage(), placement)) {
      case Shortage.Refuse(String reason) ->
          throw new Failure(
              Shortage.code(wanted, bucket.onShortage(), placement),
              reason,
              Map.of("what", "origins"));
      case Shortage.Write write -> begin(writeId, sizeBytes, write, origins);
    }
    return null;
  }

  private void begin(
      WriteId writeId, long sizeBytes, Shortage.Write write, List<OriginRef> origins) {
    CrashPoint.WRITE_PLACED.pass();
    var layout = write.layout();
    try {
      var draft = draft(writeId, sizeBytes, new Geometry(layout.k(), layout.m()));
      segment = new SegmentWriter(shop, draft, origins, write.needed(), session, sum);
    } catch (IllegalArgumentException e) {
      throw Failure.of(FailureCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  /// A small segment gets its places when its bytes are there: then others can share them.
  private Future<Void> openSmall(WriteId writeId, long sizeBytes, Geometry geometry) {
    try {
      requireSession();
      var draft = draft(writeId, sizeBytes, geometry);
      segment = new SmallWriter(shop, draft, bucket, keySpread(), session, sum);
      return Future.succeededFuture();
    } catch (Failure e) {
      return Future.failedFuture(e);
    } catch (IllegalArgumentException e) {
      return Future.failedFuture(
          Failure.of(FailureCode.INVALID_REQUEST, String.valueOf(e.getMessage())));
    }
  }

  /// The same for the same piece of the same key, whoever writes it and when.
  private long keySpread() {
    var upload = job.upload();
    int number = segments.size() + (upload == null ? 0 : upload.part());
    return Spread.of(job.bucket(), job.key(), number);
  }

  private ManifestDraft draft(WriteId writeId, long sizeBytes, Geometry geometry) {
    boolean last = !job.isPart() && offset + sizeBytes == job.sizeBytes();
    return new ManifestDraft(
        writeId,
        job.bucket(),
        job.key(),
        job.isPart() ? null : versionId.toString(),
        job.upload(),
        new ManifestDraft.Segment(segments.size(), offset, sizeBytes, last),
        job.created(),
        job.attributes(),
        geometry);
  }

  /// Done when more bytes may come. No further call before that.
  Future<Void> write(Buffer bytes) {
    takenBytes += bytes.length();
    if (takenBytes > job.sizeBytes()) {
      return Future.failedFuture(wrongSize("more bytes came than were announced"));
    }
    if (!session.isGood(shop.world().nanos())) {
      return Future.failedFuture(sessionLost());
    }
    return write(bytes, 0);
  }

  private Future<Void> write(Buffer bytes, int from) {
    var current = segment;
    if (failed != null || current == null) {
      return Future.failedFuture(failed != null ? failed : notOpen());
    }
    int end = from + current.take(bytes, from);
    if (end == bytes.length()) {
      return current.ready();
    }
    return nextSegment(current).compose(_ -> write(bytes, end));
  }

  private Future<Void> nextSegment(OpenSegment full) {
    return full.finish(null, null)
        .compose(done -> {
          requireSession();
          segments.add(done);
          offset += done.sizeBytes();
          return openSegment(session.draw());
        });
  }

  /// Seals what was written, if it is exactly as much as was announced.
  Future<Written> finish() {
    var current = segment;
    if (failed != null || current == null) {
      return Future.failedFuture(failed != null ? failed : notOpen());
    }
    if (takenBytes != job.sizeBytes()) {
      return Future.failedFuture(wrongSize("fewer bytes came than were announced"));
    }
    return sum.finish().compose(md5 -> finish(current, md5));
  }

  private Future<Written> finish(OpenSegment current, String md5) {
    return current
        .finish(job.isPart() ? null : md5, job.isPart() ? md5 : null)
        .map(done -> {
          requireSession();
          segments.add(done);
          return new Written(versionId.toString(), md5, List.copyOf(segments));
        });
  }

  /// Gives up: what lies on origins has no row and is garbage.
  void abort(Failure reason) {
    if (failed == null) {
      failed = reason;
    }
    if (segment != null) {
      segment.abort(reason);
    }
  }

  private void requireSession() {
    if (failed != null) {
      throw failed;
    }
    if (!session.isGood(shop.world().nanos())) {
      throw sessionLost();
    }
  }

  private static Failure sessionLost() {
    return Failure.of(FailureCode.UNAVAILABLE, "the right to write was lost", "what", "session");
  }

  private static Failure wrongSize(String text) {
    return Failure.of(FailureCode.INVALID_REQUEST, text, "what", "incomplete-body");
  }

  private static Failure notOpen() {
    return Failure.of(FailureCode.INTERNAL_ERROR, "nothing was opened to write to");
  }
}
