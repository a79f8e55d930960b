package io.kintsugi.cache;

import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A copy on its way to the disk. While a buffer is being written the stream is paused.
final class Storing {
  private static final Logger LOG = LoggerFactory.getLogger(Storing.class);

  private final Cache cache;
  private final String versionId;
  private final long sizeBytes;
  private final BlobSource source;
  private final Promise<Void> written = Promise.promise();
  private final ByteBuffer block = ByteBuffer.allocate(CopyFile.BLOCK_BYTES);
  private @Nullable CopyFile file;
  private long blocks;
  private long receivedBytes;
  private boolean over;

  Storing(Cache cache, String versionId, long sizeBytes, BlobSource source) {
    this.cache = cache;
    this.versionId = versionId;
    this.sizeBytes = sizeBytes;
    this.source = source;
  }

  /// Done when the whole copy can be found.
  Future<Void> run() {
    source.pause();
    source.exceptionHandler(this::giveUp);
    cache
        .onDisk(() -> cache.shelf().begin(versionId, sizeBytes))
        .onSuccess(this::begin)
        .onFailure(this::giveUp);
    return written.future();
  }

  private void begin(CopyFile opened) {
    file = opened;
    if (over) {
      close(false);
      return;
    }
    source.endHandler(_ -> finish());
    source.handler(bytes -> take(opened, bytes));
    source.resume();
  }

  private void take(CopyFile into, Buffer bytes) {
    if (over) {
      return;
    }
    source.pause();
    receivedBytes += bytes.length();
    if (receivedBytes > sizeBytes) {
      giveUp(Failure.of(FailureCode.INVALID_REQUEST, "more bytes came than were announced"));
      return;
    }
    cache
        .onDisk(() -> {
          append(into, bytes);
          return true;
        })
        .onSuccess(_ -> source.resume())
        .onFailure(this::giveUp);
  }

  /// One piece at a time, so that nobody else touches the block meanwhile.
  private void append(CopyFile into, Buffer bytes) throws IOException {
    int at = 0;
    while (at < bytes.length()) {
      int moved = Math.min(block.remaining(), bytes.length() - at);
      block.put(bytes.getBytes(at, at + moved));
      at += moved;
      if (block.position() == into.blockBytes(blocks)) {
        block.flip();
        into.write(blocks++, block);
        block.clear();
      }
    }
  }

  private void finish() {
    if (over) {
      return;
    }
    if (receivedBytes != sizeBytes) {
      giveUp(Failure.of(FailureCode.INVALID_REQUEST, "fewer bytes came than were announced"));
      return;
    }
    over = true;
    close(true);
  }

  private void giveUp(Throwable cause) {
    if (over) {
      return;
    }
    over = true;
    source.cancel(Failure.from(cause));
    written.tryFail(cause);
    close(false);
  }

  private void close(boolean whole) {
    var opened = file;
    if (opened == null) {
      return;
    }
    cache
        .onDisk(() -> {
          opened.close();
          if (whole) {
            cache.shelf().finish(versionId);
          } else {
            cache.shelf().giveUp(versionId);
          }
          return true;
        })
        .onSuccess(_ -> written.tryComplete())
        .onFailure(cause -> {
          LOG.warn("copy={} not kept: {}", versionId, cause.getMessage());
          written.tryFail(cause);
        });
  }
}
