package io.kintsugi.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.contract.OriginMirrorContract;
import io.kintsugi.contract.OriginMirrorContract.CutFile;
import io.kintsugi.contract.OriginMirrorContract.FileCut;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.kintsugi.mirror.RecipeRecord;
import io.kintsugi.mirror.RecipeRecord.Decoded;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/// The recipe of a file on another origin, asked for and taken.
final class CutAsking {
  /// No recipe is longer.
  private static final int BYTES_MAX = 64 << 20;

  /// @param told what it took there
  record Told(RecipeRecord record, FileCut told) {}

  private final String from;
  private final BlobSource source;
  private final Buffer bytes = Buffer.buffer();
  private final Promise<Told> promise = Promise.promise();

  private CutAsking(String from, BlobSource source) {
    this.from = from;
    this.source = source;
  }

  static CutAsking at(
      World world,
      String from,
      String path,
      @Nullable Integer normalBytes,
      boolean reread,
      long bytesPerSecond) {
    var asking = new CutAsking(from, world.blobs().await(Blobs.SHARD_WINDOW_BYTES));
    asking.take();
    world
        .bus()
        .ask(
            OriginMirrorContract.CUT_FILE.at(from),
            new CutFile(path, normalBytes, reread, bytesPerSecond, asking.source.ticket()))
        .onFailure(cause -> asking.fail(away(from, cause)));
    return asking;
  }

  /// What went wrong there, said so that nobody takes it for the doing of the origin here.
  static Failure away(String from, Throwable cause) {
    var failure = Failure.from(cause);
    return failure.is(FailureCode.TIMEOUT)
        ? Failure.of(FailureCode.UNAVAILABLE, "origin " + from + ": " + failure.text())
        : failure;
  }

  Future<Told> told() {
    return promise.future();
  }

  void cancel(Failure reason) {
    fail(reason);
  }

  private void take() {
    source.exceptionHandler(cause -> promise.tryFail(away(from, cause)));
    source.endHandler(_ -> end());
    source.handler(piece -> {
      bytes.appendBuffer(piece);
      if (bytes.length() > BYTES_MAX) {
        fail(unreadable("it is too long"));
      }
    });
  }

  private void fail(Failure failure) {
    source.cancel(failure);
    promise.tryFail(failure);
  }

  private void end() {
    int line = 0;
    while (line < bytes.length() && bytes.getByte(line) != '\n') {
      line++;
    }
    if (line == bytes.length()) {
      promise.tryFail(unreadable("it has no head"));
      return;
    }
    var head = Json.decode(bytes.getString(0, line, UTF_8.name()), FileCut.class);
    switch (RecipeRecord.decode(bytes.getBytes(line + 1, bytes.length()))) {
      case Decoded.Sound(var record) -> promise.tryComplete(new Told(record, head));
      case Decoded.Unreadable(var why) -> promise.tryFail(unreadable(why));
    }
  }

  private static Failure unreadable(String why) {
    return Failure.of(FailureCode.INTERNAL_ERROR, "a recipe cannot be read: " + why);
  }
}
