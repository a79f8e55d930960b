package io.kintsugi.object;

import io.kintsugi.contract.ObjectContract.PartStored;
import io.kintsugi.contract.ObjectContract.PutObject;
import io.kintsugi.contract.ObjectContract.PutPart;
import io.kintsugi.contract.ObjectContract.Stored;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.BlobOffer;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.session.WriteSession;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;

/// Takes bodies in. A body gets no credit before its first segment has its places.
final class Puts {
  private final Workshop shop;
  private final Jobs jobs;
  private final Writes writes;
  private final Commits commits;

  Puts(Workshop shop, Jobs jobs, Writes writes, Commits commits) {
    this.shop = shop;
    this.jobs = jobs;
    this.writes = writes;
    this.commits = commits;
  }

  Future<Stored> putObject(PutObject put) {
    var info =
        new ObjectInfo(
            put.sizeBytes(), "", put.contentType(), put.headers(), put.metadata(), Instant.EPOCH);
    return jobs.object(put.bucket(), put.key(), put.sizeBytes(), info)
        .compose(job ->
            writes.write(
                job,
                new Sent<Stored>(put.body()) {
                  @Override
                  public Future<Stored> commit(Writer.Written written, WriteSession.Hold hold) {
                    return commits.commitObject(job, written, put.condition(), hold);
                  }
                }));
  }

  Future<PartStored> putPart(PutPart put) {
    return jobs.part(put.bucket(), put.key(), put.uploadId(), put.number(), put.sizeBytes())
        .compose(job ->
            writes.write(
                job,
                new Sent<PartStored>(put.body()) {
                  @Override
                  public Future<PartStored> commit(Writer.Written written, WriteSession.Hold hold) {
                    return commits.commitPart(job, written, hold);
                  }
                }));
  }

  /// A body that somebody sends.
  private abstract class Sent<A> implements Writes.Body<A> {
    private final BlobOffer offer;

    Sent(BlobOffer offer) {
      this.offer = offer;
    }

    @Override
    public Future<Void> feed(Writer writer) {
      var body = shop.world().blobs().accept(offer, Blobs.OBJECT_WINDOW_BYTES);
      Promise<Void> ended = Promise.promise();
      body.exceptionHandler(ended::tryFail);
      body.endHandler(_ -> ended.tryComplete());
      body.handler(bytes -> hand(bytes, body, writer, ended));
      return ended.future().onFailure(cause -> body.cancel(Failure.from(cause)));
    }

    /// While the writer is busy the body is paused, so that neither bytes nor the end arrive.
    private void hand(Buffer bytes, BlobSource body, Writer writer, Promise<Void> ended) {
      var ready = writer.write(bytes);
      if (ready.succeeded()) {
        return;
      }
      body.pause();
      ready.onSuccess(_ -> body.resume()).onFailure(ended::tryFail);
    }
  }
}
