package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.ObjectContract.CopyObject;
import io.kintsugi.contract.ObjectContract.CopyPart;
import io.kintsugi.contract.ObjectContract.PartStored;
import io.kintsugi.contract.ObjectContract.Stored;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.session.WriteSession;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Copies objects: reads them verified like anybody else, and writes them anew.
final class Copies {
  private final Workshop shop;
  private final Gets gets;
  private final Jobs jobs;
  private final Writes writes;
  private final Commits commits;

  Copies(Workshop shop, Gets gets, Jobs jobs, Writes writes, Commits commits) {
    this.shop = shop;
    this.gets = gets;
    this.jobs = jobs;
    this.writes = writes;
    this.commits = commits;
  }

  Future<Stored> copyObject(CopyObject copy) {
    return gets.find(copy.sourceBucket(), copy.sourceKey(), copy.sourceVersionId())
        .compose(entry -> require(entry, copy.sourceCondition()))
        .compose(entry -> {
          var info = copy.info() == null ? entry.info() : copy.info();
          return jobs.object(copy.bucket(), copy.key(), entry.info().sizeBytes(), info)
              .compose(job -> copyObject(job, entry, copy.condition()));
        });
  }

  private Future<Stored> copyObject(WriteJob job, ObjectEntry entry, Condition condition) {
    var whole = new Ranges.Satisfiable(0, entry.info().sizeBytes());
    return writes.write(
        job,
        new Read<Stored>(entry, whole) {
          @Override
          public Future<Stored> commit(Writer.Written written, WriteSession.Hold hold) {
            return commits
                .commitObject(job, written, condition, hold)
                .map(stored ->
                    new Stored(
                        stored.versionId(), stored.info(), stored.publicId(), entry.publicId()));
          }
        });
  }

  Future<PartStored> copyPart(CopyPart copy) {
    return gets.find(copy.sourceBucket(), copy.sourceKey(), copy.sourceVersionId())
        .compose(entry -> require(entry, copy.sourceCondition()))
        .compose(entry ->
            Gets.range(entry, copy.first(), copy.last(), null)
                .compose(range -> copyPart(copy, entry, range)));
  }

  private Future<PartStored> copyPart(CopyPart copy, ObjectEntry entry, Ranges.Satisfiable range) {
    return jobs.part(copy.bucket(), copy.key(), copy.uploadId(), copy.number(), range.lengthBytes())
        .compose(job ->
            writes.write(
                job,
                new Read<PartStored>(entry, range) {
                  @Override
                  public Future<PartStored> commit(Writer.Written written, WriteSession.Hold hold) {
                    return commits
                        .commitPart(job, written, hold)
                        .map(part ->
                            new PartStored(part.etag(), part.sizeBytes(), entry.publicId()));
                  }
                }));
  }

  private static Future<ObjectEntry> require(ObjectEntry entry, @Nullable Condition condition) {
    if (condition == null || holds(condition, entry.info().etag())) {
      return Future.succeededFuture(entry);
    }
    return Future.failedFuture(
        Failure.of(
            FailureCode.PRECONDITION_FAILED, "the source is not as expected", "what", "source"));
  }

  private static boolean holds(Condition condition, String etag) {
    var match = condition.ifMatch();
    var noneMatch = condition.ifNoneMatch();
    return (match == null || match.equals("*") || match.equals(etag))
        && (noneMatch == null || (!noneMatch.equals("*") && !noneMatch.equals(etag)));
  }

  /// A body that is read from another object.
  private abstract class Read<A> implements Writes.Body<A> {
    private final ObjectEntry entry;
    private final Ranges.Satisfiable range;

    Read(ObjectEntry entry, Ranges.Satisfiable range) {
      this.entry = entry;
      this.range = range;
    }

    @Override
    public long memoryBytes() {
      return Reader.memoryBytes(entry, range.lengthBytes());
    }

    @Override
    public Future<Void> feed(Writer writer) {
      var reader = new Reader(shop, entry, range.offset(), range.lengthBytes());
      Promise<Void> fed = Promise.promise();
      advance(reader, writer, fed);
      return fed.future().onComplete(_ -> reader.close());
    }

    /// A chain of futures would grow with the object; this one starts anew for each stripe.
    private void advance(Reader reader, Writer writer, Promise<Void> fed) {
      reader
          .next()
          .onSuccess(pieces -> {
            if (pieces.isEmpty()) {
              CrashPoint.COPY_READ.pass();
              fed.complete();
            } else {
              write(pieces, 0, writer)
                  .onSuccess(_ -> advance(reader, writer, fed))
                  .onFailure(fed::fail);
            }
          })
          .onFailure(fed::fail);
    }

    private Future<Void> write(List<Buffer> pieces, int at, Writer writer) {
      if (at == pieces.size()) {
        return Future.succeededFuture();
      }
      return writer.write(pieces.get(at)).compose(_ -> write(pieces, at + 1, writer));
    }
  }
}
