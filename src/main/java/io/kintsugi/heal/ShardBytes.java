package io.kintsugi.heal;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Bytes of one shard on their way, taken in pieces of a known length. It never holds much more
/// than two blocks.
final class ShardBytes {
  private static final int HELD_MAX = 2 * Striping.BLOCK_BYTES;

  private final BlobSource source;
  private final Turns turns;
  private final String originId;
  private final ArrayDeque<Buffer> held = new ArrayDeque<>();
  private int heldBytes;

  /// What may still be taken without another turn, because it was read ahead in the first one.
  private long aheadBytes;

  private int wantedBytes;
  private boolean paused;
  private @Nullable Promise<byte[]> wanted;
  private @Nullable Failure failure;

  private ShardBytes(BlobSource source, Turns turns, String originId) {
    this.source = source;
    this.turns = turns;
    this.originId = originId;
  }

  /// Asks an origin for a range of one shard, in its turn: the origin reads ahead as soon as it is
  /// asked.
  static ShardBytes open(Bench bench, Location from, String name, long offset, long lengthBytes) {
    var world = bench.world();
    var window = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
    var bytes = new ShardBytes(window, bench.turns(), from.originId());
    bytes.listen();
    bytes.aheadBytes = Math.min(Blobs.SHARD_WINDOW_BYTES, lengthBytes);
    var ticket = bytes.source.ticket();
    var question =
        new ReadShard(name, from.incarnation(), offset, lengthBytes, ticket, from.packed(), true);
    bench
        .turns()
        .take(from.originId(), bytes.aheadBytes)
        .onSuccess(_ -> bytes.ask(world, question));
    return bytes;
  }

  private void ask(World world, ReadShard question) {
    if (failure == null) {
      world
          .bus()
          .ask(OriginContract.READ_SHARD.at(originId), question)
          .onFailure(cause -> {
            source.cancel(Failure.from(cause));
            fail(Failure.from(cause));
          });
    }
  }

  private void listen() {
    source.exceptionHandler(cause -> fail(Failure.from(cause)));
    source.endHandler(_ -> fail(Failure.of(FailureCode.CORRUPT, "the shard ends too early")));
    source.handler(this::take);
  }

  /// The next piece, in its turn; not to be changed. One piece is asked for at a time.
  Future<byte[]> next(int length) {
    long unpaid = Math.max(0, length - aheadBytes);
    aheadBytes -= length - unpaid;
    return (unpaid == 0 ? Future.<Void>succeededFuture() : turns.take(originId, unpaid))
        .compose(_ -> {
          var promise = Promise.<byte[]>promise();
          wanted = promise;
          wantedBytes = length;
          serve();
          return promise.future();
        });
  }

  /// Whether somebody waits for its bytes.
  boolean isWaitedFor() {
    return wanted != null;
  }

  void cancel() {
    var reason = Failure.of(FailureCode.CANCELLED, "no more bytes are needed");
    source.cancel(reason);
    fail(reason);
  }

  private void take(Buffer bytes) {
    held.add(bytes);
    heldBytes += bytes.length();
    if (heldBytes >= HELD_MAX && !paused) {
      paused = true;
      source.pause();
    }
    serve();
  }

  private void fail(Failure cause) {
    if (failure == null) {
      failure = cause;
    }
    serve();
  }

  private void serve() {
    var promise = wanted;
    if (promise == null) {
      return;
    }
    if (heldBytes >= wantedBytes) {
      wanted = null;
      var piece = cut();
      if (paused && heldBytes < HELD_MAX) {
        paused = false;
        source.resume();
      }
      promise.complete(piece);
    } else if (failure != null) {
      wanted = null;
      promise.fail(failure);
    }
  }

  private byte[] cut() {
    if (!held.isEmpty() && held.getFirst().length() == wantedBytes) {
      // What an origin reads at once is a block, mostly.
      heldBytes -= wantedBytes;
      return Bytes.array(held.remove(), 0, wantedBytes);
    }
    var piece = new byte[wantedBytes];
    int filled = 0;
    while (filled < wantedBytes) {
      var first = held.remove();
      int taken = Math.min(first.length(), wantedBytes - filled);
      first.getBytes(0, taken, piece, filled);
      filled += taken;
      if (taken < first.length()) {
        held.addFirst(first.slice(taken, first.length()));
      }
    }
    heldBytes -= wantedBytes;
    return piece;
  }
}
