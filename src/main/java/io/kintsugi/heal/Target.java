package io.kintsugi.heal;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ShardWritten;
import io.kintsugi.contract.OriginContract.WriteShard;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/// One shard being written anew, under a name of its own that nothing points to yet.
final class Target {
  private final Location location;
  private final ShardHeader header;
  private final ShardDigest digest;
  private final BlobSink sink;
  private final Turns turns;
  private final Future<ShardWritten> answer;
  private @Nullable Failure failure;

  private Target(
      Turns turns,
      Location location,
      ShardHeader header,
      BlobSink sink,
      Future<ShardWritten> answer) {
    this.turns = turns;
    this.location = location;
    this.header = header;
    this.sink = sink;
    this.answer = answer;
    digest = new ShardDigest(header);
    answer.onFailure(cause -> failure = Failure.from(cause));
  }

  static Target open(Bench bench, Location location, String name, ShardHeader header) {
    var world = bench.world();
    var sink = world.blobs().offer();
    var question = new WriteShard(name, location.incarnation(), header.fileBytes(), sink.offer());
    var answer =
        world.bus().askWhile(sink, OriginContract.WRITE_SHARD.at(location.originId()), question);
    var target = new Target(bench.turns(), location, header, sink, answer);
    target.send(header.encodeFileHead());
    return target;
  }

  Location location() {
    return location;
  }

  int index() {
    return location.index();
  }

  ShardDigest digest() {
    return digest;
  }

  @Nullable Failure failure() {
    return failure;
  }

  /// Gives bytes on in their turn; done when there is room for more, or when the target has failed.
  Future<Void> give(byte[] bytes) {
    return turns.take(location.originId(), bytes.length).compose(_ -> send(bytes));
  }

  private Future<Void> send(byte[] bytes) {
    if (failure != null) {
      return Future.succeededFuture();
    }
    sink.write(Buffer.buffer(bytes)).onFailure(cause -> failure = Failure.from(cause));
    if (!sink.writeQueueFull()) {
      return Future.succeededFuture();
    }
    var room = Promise.<Void>promise();
    sink.drainHandler(_ -> room.tryComplete());
    answer.onComplete(_ -> room.tryComplete());
    return room.future();
  }

  /// The end of the sum over header and blocks.
  String sum() {
    return digest.finish();
  }

  /// Ends the shard with its footer; done when it is flushed, or has failed.
  Future<Void> seal(byte[] footer) {
    if (failure != null) {
      return Future.succeededFuture();
    }
    sink.write(Buffer.buffer(footer)).onFailure(cause -> failure = Failure.from(cause));
    sink.end().onFailure(cause -> failure = Failure.from(cause));
    return answer
        .compose(written ->
            written.sizeBytes() == header.fileBytes()
                ? Future.succeededFuture()
                : Future.failedFuture(
                    new IllegalStateException("written: " + written.sizeBytes() + " bytes")))
        .<Void>mapEmpty()
        .recover(cause -> {
          failure = Failure.from(cause);
          return Future.succeededFuture();
        });
  }

  /// Gives the shard up: what was written of it has no footer, and nothing points to it.
  void abandon(Failure reason) {
    if (failure == null) {
      failure = reason;
    }
    sink.abort(reason);
  }
}
