package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.session.WriteSession;
import io.vertx.core.Future;
import java.util.function.Function;

/// The steps of every write: a right to write, room in memory, places, bytes, commit.
final class Writes {
  /// Stripes of one write that are in memory at once: filling, coded, sent, taken by origins.
  private static final int STRIPES_HELD = 4;

  private static final int OVERHEAD_BYTES = 16 * 1024;

  private final Workshop shop;

  Writes(Workshop shop) {
    this.shop = shop;
  }

  /// Where the bytes of a write come from, and what makes them visible.
  interface Body<A> {
    /// Writes every byte, and is done when the last one was taken.
    Future<Void> feed(Writer writer);

    /// From here on the outcome may be unknown: it releases the hold once it is not.
    Future<A> commit(Writer.Written written, WriteSession.Hold hold);

    /// What it needs of memory besides the write itself.
    default long memoryBytes() {
      return 0;
    }
  }

  <A> Future<A> write(WriteJob job, Body<A> body) {
    var written = shop.sessions().take().compose(session -> write(job, body, session.hold()));
    if (job.sizeBytes() <= shop.settings().packedBytesMax()) {
      shop.packer().begun();
      written.onComplete(_ -> shop.packer().ended());
    }
    return written;
  }

  private <A> Future<A> write(WriteJob job, Body<A> body, WriteSession.Hold hold) {
    CrashPoint.WRITE_BEGUN.pass();
    return shop.buckets()
        .get(job.bucket())
        .compose(bucket -> admit(job, body, bucket, writer -> send(body, writer), hold))
        .onFailure(_ -> hold.release())
        .compose(written -> body.commit(written, hold));
  }

  private <A> Future<Writer.Written> admit(
      WriteJob job,
      Body<A> body,
      Bucket bucket,
      Function<Writer, Future<Writer.Written>> send,
      WriteSession.Hold hold) {
    long costBytes = body.memoryBytes() + memoryBytes(job, bucket);
    return shop.admission()
        .enter(costBytes)
        .compose(permit ->
            send.apply(new Writer(shop, job, bucket, hold)).onComplete(_ -> permit.release()));
  }

  private static <A> Future<Writer.Written> send(Body<A> body, Writer writer) {
    return writer
        .open()
        .compose(_ -> body.feed(writer))
        .compose(_ -> writer.finish())
        .onFailure(cause -> writer.abort(Failure.from(cause)));
  }

  private static long memoryBytes(WriteJob job, Bucket bucket) {
    var geometry = Kept.of(bucket).geometry(job.sizeBytes());
    long shardBytes = job.sizeBytes() / geometry.k() + OVERHEAD_BYTES;
    return geometry.n() * Math.min(shardBytes, (long) STRIPES_HELD * Striping.BLOCK_BYTES);
  }
}
