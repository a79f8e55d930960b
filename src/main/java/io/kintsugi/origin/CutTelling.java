package io.kintsugi.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginMirrorContract.CutFile;
import io.kintsugi.contract.OriginMirrorContract.FileCut;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.kintsugi.mirror.ChunkSizes;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The recipe of a file on its way to who asked for it.
final class CutTelling {
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);
  private static final int PIECE_BYTES = 64 << 10;

  private final BlobSink sink;
  private boolean gone;
  private World.Timer life = () -> false;

  private CutTelling(BlobSink sink) {
    this.sink = sink;
  }

  static Future<Done> start(FilePlace place, CutFile question) {
    PlainFiles.require(question.path());
    var normal = question.normalBytes();
    var sizes = normal == null ? null : sizes(normal);
    place.requireReadable();
    PlainFiles.requireRate(question.bytesPerSecond());
    var wish =
        new FileCuts.Wish(question.path(), sizes, question.reread(), question.bytesPerSecond());
    var telling = new CutTelling(place.world().blobs().connect(question.into()));
    telling.begin(place, wish);
    return Future.succeededFuture(new Done());
  }

  /// Null for lengths that no chunks have.
  private static @Nullable ChunkSizes sizes(int normalBytes) {
    try {
      return ChunkSizes.around(normalBytes);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void begin(FilePlace place, FileCuts.Wish wish) {
    sink.done()
        .onComplete(_ -> {
          gone = true;
          life.cancel();
        });
    life = place.world().every(SIGN_OF_LIFE, this::sign);
    FileCuts.of(place, wish, new FileCuts.Ear(_ -> {}, () -> gone))
        .onSuccess(this::tell)
        .onFailure(cause -> sink.abort(Failure.from(cause)));
  }

  private void sign() {
    if (!gone && !sink.writeQueueFull()) {
      write(Buffer.buffer(" "));
    }
  }

  private void tell(FileCuts.Cut cut) {
    life.cancel();
    var head = Json.text(new FileCut(cut.readBytes(), cut.recipeBytes())) + "\n";
    write(Buffer.buffer(head.getBytes(UTF_8)));
    var bytes = cut.record().encode();
    for (int at = 0; at < bytes.length && !gone; at += PIECE_BYTES) {
      write(Bytes.of(bytes, at, Math.min(PIECE_BYTES, bytes.length - at)));
    }
    sink.end();
  }

  private void write(Buffer bytes) {
    sink.write(bytes).onFailure(_ -> gone = true);
  }
}
