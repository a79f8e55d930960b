package io.kintsugi.object;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.contract.OriginContract.ShardOpened;
import io.kintsugi.contract.Segment;
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
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Some blocks of one shard on their way from its origin, in order. They are not verified yet.
final class ShardFeed {
  /// Farther from each other than this no two stripes are read at once.
  private static final int NEAR_BLOCKS = 4;

  private final Striping striping;
  private final long shardBytes;
  private final int last;
  private final BlobSource source;
  private final TreeMap<Integer, Promise<byte[]>> asked = new TreeMap<>();
  private final TreeMap<Integer, byte[]> arrived = new TreeMap<>();
  private int next;
  private byte @Nullable [] filling;
  private int filledBytes;
  private boolean paused;
  private boolean opened;
  private boolean ended;
  private @Nullable Failure failed;

  /// Asks for the blocks `first` to `last`.
  ///
  /// @param name of the shard on its origin
  ShardFeed(
      World world,
      Segment segment,
      Striping striping,
      Location at,
      String name,
      int first,
      int last) {
    this.striping = striping;
    this.last = last;
    shardBytes = segment.shardBytes();
    next = first;
    source = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
    source.exceptionHandler(cause -> fail(Failure.from(cause)));
    source.endHandler(_ -> ended());
    source.handler(this::take);
    long from = striping.blockOffset(first);
    long lengthBytes = striping.blockOffset(last) + striping.blockBytes(last) - from;
    var question =
        new ReadShard(
            name, at.incarnation(), from, lengthBytes, source.ticket(), at.packed(), false);
    world
        .bus()
        .ask(OriginContract.READ_SHARD.at(at.originId()), question)
        .onSuccess(this::opened)
        .onFailure(cause -> fail(Failure.from(cause)));
  }

  private void opened(ShardOpened answer) {
    if (answer.sizeBytes() != shardBytes) {
      fail(
          Failure.of(
              FailureCode.CORRUPT,
              "has %d bytes, not %d".formatted(answer.sizeBytes(), shardBytes)));
    }
    opened = true;
    failIfShort();
  }

  /// Whether this block may be asked for here: it comes next, or soon.
  boolean covers(int block) {
    return arrived.containsKey(block)
        || (failed == null && block >= next && block <= Math.min(last, next + NEAR_BLOCKS));
  }

  /// Whether nobody will ask for what comes next here, because the read is further on.
  boolean isBehind(int block) {
    return failed != null || firstAhead() < block - NEAR_BLOCKS;
  }

  int firstAhead() {
    return arrived.isEmpty() ? next : arrived.firstKey();
  }

  /// Each block once. Fails with what the origin said, CORRUPT if it sends something else.
  Future<byte[]> block(int block) {
    arrived.headMap(block - NEAR_BLOCKS).clear();
    var here = arrived.remove(block);
    if (here != null) {
      resumeIfWanted();
      return Future.succeededFuture(here);
    }
    if (failed != null) {
      return Future.failedFuture(failed);
    }
    Promise<byte[]> promise = Promise.promise();
    asked.put(block, promise);
    resumeIfWanted();
    return promise.future();
  }

  /// Whoever asked for this block waits for it no longer; tells whether that was the last one, and
  /// the feed has ended for it.
  boolean leave(int block) {
    boolean wasAsked = asked.remove(block) != null;
    if (!wasAsked || !asked.isEmpty()) {
      return false;
    }
    close();
    return true;
  }

  private void take(Buffer bytes) {
    int at = 0;
    while (at < bytes.length() && failed == null) {
      if (next > last) {
        fail(Failure.of(FailureCode.CORRUPT, "more bytes came than were asked for"));
        return;
      }
      int blockBytes = striping.blockBytes(next);
      if (filling == null && bytes.length() - at >= blockBytes) {
        hand(Bytes.array(bytes, at, at + blockBytes));
        at += blockBytes;
        continue;
      }
      var block = filling == null ? new byte[blockBytes] : filling;
      filling = block;
      int length = Math.min(bytes.length() - at, block.length - filledBytes);
      bytes.getBytes(at, at + length, block, filledBytes);
      at += length;
      filledBytes += length;
      if (filledBytes == block.length) {
        hand(block);
      }
    }
    pauseIfUnwanted();
  }

  private void hand(byte[] block) {
    int number = next++;
    filling = null;
    filledBytes = 0;
    var promise = asked.remove(number);
    if (promise == null) {
      arrived.put(number, block);
    } else {
      promise.complete(block);
    }
  }

  /// One block may lie here that nobody has asked for yet; no more than that is fetched ahead.
  private void pauseIfUnwanted() {
    if (asked.isEmpty() && !arrived.isEmpty() && !paused) {
      paused = true;
      source.pause();
    }
  }

  private void resumeIfWanted() {
    if (paused && (!asked.isEmpty() || arrived.isEmpty())) {
      paused = false;
      source.resume();
    }
  }

  private void ended() {
    ended = true;
    failIfShort();
  }

  /// The answer tells a file that is too short from a stream that broke off, so it is waited for.
  private void failIfShort() {
    if (ended && opened && next <= last) {
      fail(Failure.of(FailureCode.UNAVAILABLE, "the shard's bytes ended too early"));
    }
  }

  private void fail(Failure failure) {
    if (failed != null) {
      return;
    }
    failed = failure;
    source.cancel(failure);
    var waiting = new TreeMap<>(asked);
    asked.clear();
    waiting.values().forEach(promise -> promise.fail(failure));
  }

  void close() {
    fail(Failure.of(FailureCode.CANCELLED, "the reader needs no more"));
  }
}
