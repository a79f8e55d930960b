package io.kintsugi.cache;

import io.kintsugi.contract.CacheContract.CopyOpened;
import io.kintsugi.contract.CacheContract.ReadCopy;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;

/// A range of a copy on its way to whoever asked, block by verified block, as fast as it is taken.
final class Serving {
  private final Cache cache;
  private final ReadCopy question;
  private final long endOffset;
  private long at;
  private boolean over;

  Serving(Cache cache, ReadCopy question) {
    this.cache = cache;
    this.question = question;
    at = question.offset();
    endOffset = question.offset() + question.lengthBytes();
  }

  private record Opened(CopyFile file, Buffer first) {}

  /// Answers once the first bytes are verified.
  Future<CopyOpened> run(Instant stored) {
    return cache
        .onDisk(this::open)
        .map(opened -> {
          var sink = cache.world().blobs().connect(question.into());
          sink.done()
              .onComplete(_ -> {
                over = true;
                cache.onDisk(() -> {
                  opened.file().close();
                  return true;
                });
              });
          send(opened.file(), sink, opened.first());
          return new CopyOpened(stored);
        });
  }

  private Opened open() throws IOException {
    var file = cache.shelf().open(question.versionId());
    try {
      if (question.offset() < 0 || question.lengthBytes() < 0 || endOffset > file.sizeBytes()) {
        throw Failure.of(FailureCode.INVALID_RANGE, "the range is not within the object");
      }
      return new Opened(file, next(file));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /// The bytes from `at` to the end of its block, or of the range; none at the end.
  private Buffer next(CopyFile file) throws IOException {
    if (at >= endOffset) {
      return Buffer.buffer();
    }
    ByteBuffer block = file.read(at / CopyFile.BLOCK_BYTES);
    int skip = (int) (at % CopyFile.BLOCK_BYTES);
    int length = (int) Math.min(block.remaining() - skip, endOffset - at);
    int from = block.arrayOffset() + block.position() + skip;
    return Buffer.buffer(java.util.Arrays.copyOfRange(block.array(), from, from + length));
  }

  private void send(CopyFile file, BlobSink sink, Buffer bytes) {
    if (over) {
      return;
    }
    if (bytes.length() == 0) {
      sink.end();
      return;
    }
    sink.write(bytes);
    at += bytes.length();
    if (sink.writeQueueFull()) {
      sink.drainHandler(_ -> advance(file, sink));
    } else {
      advance(file, sink);
    }
  }

  private void advance(CopyFile file, BlobSink sink) {
    if (over) {
      return;
    }
    cache
        .onDisk(() -> next(file))
        .onSuccess(bytes -> send(file, sink, bytes))
        .onFailure(cause -> {
          // Whoever went away has had the file closed, which says nothing of the copy.
          if (!over) {
            sink.abort(cache.lost(question.versionId(), cause));
          }
        });
  }
}
