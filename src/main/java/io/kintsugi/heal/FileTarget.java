package io.kintsugi.heal;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ShardWritten;
import io.kintsugi.contract.OriginContract.WriteShard;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/// A shard that becomes a file of its own; given up, it has no footer.
final class FileTarget extends Target {
  private final BlobSink sink;
  private final Future<ShardWritten> answer;

  FileTarget(Bench bench, Location location, String name, ShardHeader header) {
    super(bench.turns(), location, header);
    var world = bench.world();
    sink = world.blobs().offer();
    var question = new WriteShard(name, location.incarnation(), header.fileBytes(), sink.offer());
    answer =
        world.bus().askWhile(sink, OriginContract.WRITE_SHARD.at(location.originId()), question);
    answer.onFailure(cause -> fail(Failure.from(cause)));
    send(header.encodeFileHead());
  }

  @Override
  Future<Void> send(byte[] bytes) {
    if (failure() != null) {
      return Future.succeededFuture();
    }
    sink.write(Bytes.of(bytes)).onFailure(cause -> fail(Failure.from(cause)));
    if (!sink.writeQueueFull()) {
      return Future.succeededFuture();
    }
    var room = Promise.<Void>promise();
    sink.drainHandler(_ -> room.tryComplete());
    answer.onComplete(_ -> room.tryComplete());
    return room.future();
  }

  @Override
  Future<Void> seal(byte[] footer) {
    if (failure() != null) {
      return Future.succeededFuture();
    }
    sink.write(Bytes.of(footer)).onFailure(cause -> fail(Failure.from(cause)));
    sink.end().onFailure(cause -> fail(Failure.from(cause)));
    return answer
        .compose(written ->
            written.sizeBytes() == header.fileBytes()
                ? Future.succeededFuture()
                : Future.failedFuture(
                    new IllegalStateException("written: " + written.sizeBytes() + " bytes")))
        .<Void>mapEmpty()
        .recover(cause -> {
          fail(Failure.from(cause));
          return Future.succeededFuture();
        });
  }

  @Override
  void abandon(Failure reason) {
    fail(reason);
    sink.abort(reason);
  }
}
