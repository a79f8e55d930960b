package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.mirror.ChunkCheck;
import io.kintsugi.mirror.Recipe;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.List;

/// Reads chunks of a file that was written and holds them to its recipe.
final class ReadBack {
  /// The detail `what` of a failure that says that something else was read than should be there.
  static final String WHAT = "read-back";

  /// Chunks that one piece of work reads.
  private static final int AT_ONCE = 8;

  private static final int READ_BYTES = 1 << 20;

  private final FilePlace place;
  private final Driver.Reading file;
  private final Recipe recipe;
  private final List<Integer> chunks;

  ReadBack(FilePlace place, Driver.Reading file, Recipe recipe, List<Integer> chunks) {
    this.place = place;
    this.file = file;
    this.recipe = recipe;
    this.chunks = chunks;
  }

  /// How many bytes were read, if all were right.
  Future<Long> check() {
    return check(0, 0);
  }

  private Future<Long> check(int first, long readBytes) {
    int end = Math.min(chunks.size(), first + AT_ONCE);
    if (first == end) {
      return Future.succeededFuture(readBytes);
    }
    return place
        .run(() -> {
          long bytes = first == 0 ? size() : 0;
          for (int chunk : chunks.subList(first, end)) {
            bytes += read(chunk);
          }
          return bytes;
        })
        .compose(bytes -> check(end, readBytes + bytes));
  }

  /// Costs no bytes.
  private long size() throws DriverException {
    if (file.sizeBytes() != recipe.sizeBytes()) {
      throw wrong("its length is " + file.sizeBytes());
    }
    return 0;
  }

  private long read(int chunk) throws DriverException {
    long from = recipe.offset(chunk);
    int length = recipe.lengthBytes(chunk);
    var check = new ChunkCheck(recipe, chunk);
    for (int done = 0; done < length; done += READ_BYTES) {
      var buffer = ByteBuffer.allocate(Math.min(READ_BYTES, length - done));
      int read = file.read(buffer, from + done);
      if (read != buffer.capacity() || !check.take(buffer.flip())) {
        throw wrong("what lies at " + from + " is not what was put there");
      }
    }
    return length;
  }

  private Failure wrong(String why) {
    return Failure.of(
        FailureCode.CORRUPT, "origin " + place.id() + " was read back: " + why, "what", WHAT);
  }
}
