package io.kintsugi.origin;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.ReadFile;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.mirror.ChunkCheck;
import io.kintsugi.mirror.Plan.Piece;
import io.kintsugi.mirror.RecipeRecord;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The pieces of a new copy on their way into a file that nobody sees yet: old ones are copied
/// where they lie, fresh ones come from the origin of the copy that is right, and are held to its
/// recipe as they come.
final class Assembly {
  /// Of one piece of work, so that each is done in time.
  private static final long COPY_BYTES = 64L << 20;

  /// However long a file is, it is copied in no more turns, but for the seams between pieces.
  private static final long TURNS_MAX = 1_500;

  /// What is written goes to the disk from here on, so that no flush has much to do.
  private static final long AHEAD_BYTES = 64L << 20;

  /// The copy that is right.
  ///
  /// @param bytesPerSecond at which its bytes may come; 0: no bound
  record Source(String originId, RecipeRecord record, long bytesPerSecond) {}

  /// Told how many bytes are there, and asked whether anybody wants them still.
  record Ear(LongConsumer progress, BooleanSupplier gone) {}

  private final FilePlace place;
  private final Driver.Assembling file;
  private final Source source;
  private final List<Piece> pieces;
  private final Ear ear;
  private final Pace pace;
  private final Promise<Void> promise = Promise.promise();
  private long sentBytes;
  private long copiedBytes;
  private long aheadBytes;
  private @Nullable BlobSource stream;
  private @Nullable Promise<Void> bringing;
  private boolean writing;

  Assembly(FilePlace place, Driver.Assembling file, Source source, List<Piece> pieces, Ear ear) {
    this.place = place;
    this.file = file;
    this.source = source;
    this.pieces = pieces;
    this.ear = ear;
    pace = new Pace(source.bytesPerSecond(), place.world().nanos());
  }

  long sentBytes() {
    return sentBytes;
  }

  long copiedBytes() {
    return copiedBytes;
  }

  /// Done when all is written, and nothing flushed.
  Future<Void> write() {
    piece(0);
    return promise.future();
  }

  /// Nobody wants it any more. Work that is under way for the file is let end first.
  void cancel(Failure reason) {
    var waiting = bringing;
    if (stream != null && waiting != null && !writing) {
      fail(stream, waiting, reason);
    }
  }

  private void piece(int number) {
    if (ear.gone().getAsBoolean()) {
      promise.tryFail(unwanted());
      return;
    }
    ear.progress().accept(sentBytes + copiedBytes);
    if (number == pieces.size()) {
      promise.tryComplete();
      return;
    }
    var written =
        switch (pieces.get(number)) {
          case Piece.Old old -> copy(old, 0);
          case Piece.Fresh fresh -> bring(fresh);
        };
    written
        .compose(_ -> flushAhead())
        .onSuccess(_ -> piece(number + 1))
        .onFailure(promise::tryFail);
  }

  private Future<Void> copy(Piece.Old old, long doneBytes) {
    if (doneBytes == old.lengthBytes()) {
      return Future.succeededFuture();
    }
    if (ear.gone().getAsBoolean()) {
      return Future.failedFuture(unwanted());
    }
    long usual = Math.max(COPY_BYTES, source.record().recipe().sizeBytes() / TURNS_MAX);
    long turns = Math.ceilDiv(old.lengthBytes(), usual);
    long length = Math.min(Math.ceilDiv(old.lengthBytes(), turns), old.lengthBytes() - doneBytes);
    return place
        .run(() -> {
          file.copy(old.oldPosition() + doneBytes, length);
          return true;
        })
        .compose(_ -> {
          copiedBytes += length;
          ear.progress().accept(sentBytes + copiedBytes);
          return flushAhead();
        })
        .compose(_ -> copy(old, doneBytes + length));
  }

  private Future<Void> flushAhead() {
    if (sentBytes + copiedBytes - aheadBytes < AHEAD_BYTES) {
      return Future.succeededFuture();
    }
    aheadBytes = sentBytes + copiedBytes;
    return place
        .run(() -> {
          file.flushAhead();
          return true;
        })
        .mapEmpty();
  }

  private Future<Void> bring(Piece.Fresh fresh) {
    Promise<Void> brought = Promise.promise();
    var taking = place.world().blobs().await(Blobs.SHARD_WINDOW_BYTES);
    stream = taking;
    bringing = brought;
    var check = new ChunkCheck(source.record().recipe(), fresh.firstChunk());
    taking.exceptionHandler(cause -> brought.tryFail(CutAsking.away(source.originId(), cause)));
    taking.endHandler(_ -> {
      if (check.isBetweenChunks() && ends(check, fresh)) {
        brought.tryComplete();
      } else {
        brought.tryFail(wrong());
      }
    });
    taking.handler(bytes -> take(taking, bytes, check, brought));
    ask(fresh, taking, brought);
    return brought.future();
  }

  private boolean ends(ChunkCheck check, Piece.Fresh fresh) {
    var recipe = source.record().recipe();
    long end = fresh.position() + fresh.lengthBytes();
    return check.chunk() == recipe.count()
        ? end == recipe.sizeBytes()
        : end == recipe.offset(check.chunk());
  }

  private void ask(Piece.Fresh fresh, BlobSource taking, Promise<Void> brought) {
    var record = source.record();
    place
        .world()
        .bus()
        .ask(
            FilesContract.READ_FILE.at(source.originId()),
            new ReadFile(
                record.path(),
                PlainFiles.told(record.stamp()),
                fresh.position(),
                fresh.lengthBytes(),
                taking.ticket()))
        .onFailure(cause -> {
          var failure = CutAsking.away(source.originId(), cause);
          taking.cancel(failure);
          brought.tryFail(failure);
        });
  }

  private void take(BlobSource taking, Buffer bytes, ChunkCheck check, Promise<Void> brought) {
    if (brought.future().isComplete()) {
      return;
    }
    taking.pause();
    writing = true;
    place
        .run(() -> write(bytes, check))
        .compose(_ -> {
          sentBytes += bytes.length();
          ear.progress().accept(sentBytes + copiedBytes);
          return flushAhead();
        })
        .onComplete(_ -> writing = false)
        .compose(_ -> wanted())
        .onSuccess(_ -> resume(taking, bytes.length()))
        .onFailure(cause -> fail(taking, brought, cause));
  }

  /// In pieces as long as a window the bytes come no faster than they may.
  private void resume(BlobSource taking, int tookBytes) {
    long delayMillis = pace.delayMillis(tookBytes, place.world().nanos());
    if (delayMillis <= 0) {
      taking.resume();
    } else {
      place.world().after(Duration.ofMillis(delayMillis), taking::resume);
    }
  }

  private Future<Void> wanted() {
    return ear.gone().getAsBoolean() ? Future.failedFuture(unwanted()) : Future.succeededFuture();
  }

  private static Failure unwanted() {
    return Failure.of(FailureCode.CANCELLED, "nobody wants it any more");
  }

  private boolean write(Buffer bytes, ChunkCheck check) throws DriverException {
    if (!check.take(Bytes.view(bytes))) {
      throw wrong();
    }
    file.write(Bytes.view(bytes));
    return true;
  }

  private static void fail(BlobSource taking, Promise<Void> brought, Throwable cause) {
    taking.cancel(Failure.from(cause));
    brought.tryFail(cause);
  }

  /// Its stamp was what it should be, so this is no change but damage.
  private Failure wrong() {
    return Failure.of(
        FailureCode.CORRUPT,
        "origin "
            + source.originId()
            + " holds other bytes than its recipe says: "
            + source.record().path(),
        "what",
        "source");
  }
}
