package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.ObjectContract.GetObject;
import io.kintsugi.contract.ObjectContract.Reading;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gives objects out. The head is answered once the first bytes were verified, so that an object
/// that is lost is refused in words.
final class Gets {
  private final Workshop shop;
  private final OfflineCopies copies;

  Gets(Workshop shop) {
    this.shop = shop;
    copies = new OfflineCopies(shop);
  }

  Future<Reading> getObject(GetObject get) {
    return find(get.bucket(), get.key(), get.versionId())
        .compose(entry ->
            range(entry, get.first(), get.last(), get.suffixBytes())
                .compose(range ->
                    open(entry, range, get.into())
                        .recover(cause -> copy(entry, range, get.into(), cause))));
  }

  Future<ObjectEntry> find(String bucket, String key, @Nullable String versionId) {
    return shop.origins()
        .ready()
        .compose(_ ->
            shop.world()
                .bus()
                .ask(CatalogContract.FIND_OBJECT, new FindObject(bucket, key, versionId)));
  }

  static Future<Ranges.Satisfiable> range(
      ObjectEntry entry, @Nullable Long first, @Nullable Long last, @Nullable Long suffixBytes) {
    long sizeBytes = entry.info().sizeBytes();
    return switch (Ranges.resolve(sizeBytes, first, last, suffixBytes)) {
      case Ranges.Satisfiable range -> Future.succeededFuture(range);
      case Ranges.Malformed(String reason) ->
          Future.failedFuture(Failure.of(FailureCode.INVALID_REQUEST, reason));
      case Ranges.Unsatisfiable() ->
          Future.failedFuture(
              Failure.of(
                  FailureCode.INVALID_RANGE,
                  "the range misses the object",
                  "size",
                  Long.toString(sizeBytes)));
    };
  }

  /// No shards, then: a copy if there is one, and the first reason if there is none.
  private Future<Reading> copy(
      ObjectEntry entry, Ranges.Satisfiable range, BlobTicket into, Throwable cause) {
    if (!OfflineCopies.mayReplace(Failure.from(cause))) {
      return Future.failedFuture(cause);
    }
    return copies
        .read(entry, range, into)
        .map(copy ->
            new Reading(
                entry.versionId(),
                entry.info(),
                range.offset(),
                range.lengthBytes(),
                entry.publicId(),
                copy.stored()))
        .recover(_ -> Future.failedFuture(cause));
  }

  private Future<Reading> open(ObjectEntry entry, Ranges.Satisfiable range, BlobTicket into) {
    return shop.admission()
        .enter(Reader.memoryBytes(entry, range.lengthBytes()))
        .compose(permit -> {
          var reader = new Reader(shop, entry, range.offset(), range.lengthBytes());
          return reader
              .next()
              .compose(first ->
                  copies
                      .tee(entry, range)
                      .map(tee -> {
                        var sink = shop.world().blobs().connect(into);
                        var outflow = new Outflow(reader, sink, tee.orElse(null));
                        sink.done()
                            .onComplete(_ -> {
                              reader.close();
                              permit.release();
                            });
                        outflow.start(first);
                        return new Reading(
                            entry.versionId(),
                            entry.info(),
                            range.offset(),
                            range.lengthBytes(),
                            entry.publicId());
                      }))
              .onFailure(_ -> {
                reader.close();
                permit.release();
              });
        });
  }

  /// Bytes on their way from a reader to whoever asked for them, as fast as they are taken.
  private static final class Outflow {
    private final Reader reader;
    private final BlobSink sink;
    private final OfflineCopies.@Nullable Tee tee;
    private boolean over;

    Outflow(Reader reader, BlobSink sink, OfflineCopies.@Nullable Tee tee) {
      this.reader = reader;
      this.sink = sink;
      this.tee = tee;
      sink.done()
          .onComplete(_ -> {
            over = true;
            if (tee != null) {
              tee.abort("the read was broken off");
            }
          });
    }

    void start(List<Buffer> first) {
      send(first);
    }

    private void send(List<Buffer> pieces) {
      if (over) {
        return;
      }
      if (pieces.isEmpty()) {
        if (tee != null) {
          tee.end();
        }
        sink.end();
        return;
      }
      pieces.forEach(sink::write);
      if (tee != null) {
        tee.write(pieces);
      }
      if (sink.writeQueueFull()) {
        sink.drainHandler(_ -> advanceWhenTaken());
      } else {
        advanceWhenTaken();
      }
    }

    private void advanceWhenTaken() {
      if (tee == null) {
        advance();
      } else {
        tee.whenTaken(this::advance);
      }
    }

    private void advance() {
      if (!over) {
        reader.next().onSuccess(this::send).onFailure(cause -> sink.abort(Failure.from(cause)));
      }
    }
  }
}
