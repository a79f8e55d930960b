package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.contract.OriginContract.ShardOpened;
import io.kintsugi.driver.DriverException;
import io.kintsugi.format.Names;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.origin.OpenShard.Ahead;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/// One range of a shard on its way from an origin. It reads when the receiver has room, and holds
/// no thread while it has none.
final class ShardReading {
  /// What is sent at once.
  private static final int PIECE_BYTES = 256 * 1024;

  /// Pieces that are read at once past the cache, where nobody reads ahead.
  private static final int UNCACHED_PIECES = 2;

  private static final int AHEAD_BYTES = 64 * 1024;

  private final Origin origin;
  private final OpenShard shard;
  private final BlobSink sink;
  private final long endOffset;
  private final int pieces;
  private final long beginNanos;
  private long offset;
  private boolean first = true;
  private boolean reading;
  private boolean ended;

  private ShardReading(
      Origin origin, ReadShard question, OpenShard shard, BlobSink sink, long beginNanos) {
    this.origin = origin;
    this.shard = shard;
    this.sink = sink;
    this.beginNanos = beginNanos;
    offset = Math.min(question.offset(), shard.sizeBytes());
    endOffset = offset + Math.min(question.lengthBytes(), shard.sizeBytes() - offset);
    pieces = question.uncached() ? UNCACHED_PIECES : 1;
  }

  /// Opens the shard; the bytes follow by themselves.
  static Future<ShardOpened> start(Origin origin, PackHandles handles, ReadShard question) {
    if (Names.parse(question.name()).isEmpty()
        || question.offset() < 0
        || question.lengthBytes() < 0) {
      return Future.failedFuture(
          Failure.of(FailureCode.INVALID_REQUEST, "not a range of a shard: " + question.name()));
    }
    var packed = question.packed();
    if (packed != null) {
      OpenShard.requirePlace(packed);
    }
    origin.requireReadable(question.incarnation());
    long begin = origin.world().nanos();
    return open(origin, handles, question)
        .transform(opened -> {
          if (opened.failed()) {
            return refused(origin, question, opened.cause());
          }
          var sink = origin.world().blobs().connect(question.into());
          new ShardReading(origin, question, opened.result(), sink, begin).run();
          return Future.succeededFuture(new ShardOpened(opened.result().sizeBytes()));
        });
  }

  private static Future<OpenShard> open(Origin origin, PackHandles handles, ReadShard question) {
    var packed = question.packed();
    if (packed != null) {
      return OpenShard.lent(origin, handles, packed, ahead(question));
    }
    return question.uncached()
        ? OpenShard.toLookAt(origin, question.name(), null)
        : OpenShard.ofFile(origin, question.name());
  }

  /// A short range is read by the thread that opens the shard; a long one waits for room.
  private static Ahead ahead(ReadShard question) {
    return question.lengthBytes() <= AHEAD_BYTES
        ? new Ahead(question.offset(), (int) question.lengthBytes())
        : Ahead.NOTHING;
  }

  private static Future<ShardOpened> refused(Origin origin, ReadShard question, Throwable cause) {
    var failure = origin.fail(Operation.READ, cause);
    var packed = question.packed();
    return failure.is(FailureCode.NOT_FOUND)
        ? absent(origin, packed == null ? question.name() : packed.pack())
        : Future.failedFuture(failure);
  }

  private static Future<ShardOpened> absent(Origin origin, String name) {
    return origin
        .isStillOurs()
        .compose(ours ->
            Future.failedFuture(
                ours
                    ? Failure.of(
                        FailureCode.NOT_FOUND,
                        "origin " + origin.id() + " has no " + name,
                        "what",
                        "shard")
                    : origin.unavailable("cannot tell whether it has " + name)));
  }

  private void run() {
    sink.done().onComplete(_ -> end());
    if (endOffset - offset > PIECE_BYTES) {
      shard.file().expect(offset, endOffset);
    }
    pump();
  }

  private void pump() {
    if (ended) {
      return;
    }
    if (offset == endOffset) {
      sink.end();
      return;
    }
    if (sink.writeQueueFull()) {
      sink.drainHandler(_ -> pump());
      return;
    }
    var ahead = first ? shard.ahead() : null;
    if (ahead != null) {
      send(List.of(ahead));
      return;
    }
    long from = offset;
    reading = true;
    origin
        .run(() -> read(from))
        .onComplete(read -> {
          reading = false;
          if (ended) {
            shard.release().run();
          } else if (read.succeeded()) {
            send(read.result());
          } else {
            sink.abort(origin.fail(Operation.READ, read.cause()));
          }
        });
  }

  /// Blocks.
  private List<Buffer> read(long from) throws DriverException {
    var read = new ArrayList<Buffer>(pieces);
    long at = from;
    while (at < endOffset && read.size() < pieces) {
      var piece = shard.read(at, (int) Math.min(PIECE_BYTES, endOffset - at));
      read.add(piece);
      at += PIECE_BYTES;
    }
    return read;
  }

  private void send(List<Buffer> bytes) {
    if (first) {
      // Later pieces wait for the receiver, which says nothing about the origin.
      first = false;
      origin.took(Operation.READ, origin.world().nanos() - beginNanos);
    }
    for (var piece : bytes) {
      if (ended) {
        return;
      }
      offset += piece.length();
      boolean whole = piece.length() == PIECE_BYTES || offset == endOffset;
      if (!whole) {
        sink.abort(origin.unavailable("has a shorter file than when it was opened"));
        return;
      }
      sink.write(piece).onFailure(_ -> end());
    }
    pump();
  }

  /// A file is not closed under a thread that reads it: it would have to fail for that, through no
  /// fault of its origin.
  private void end() {
    if (!ended) {
      ended = true;
      if (!reading) {
        shard.release().run();
      }
    }
  }
}
