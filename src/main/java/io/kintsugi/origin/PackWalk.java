package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.ListPacked;
import io.kintsugi.contract.OriginContract.PackedShard;
import io.kintsugi.contract.OriginContract.PackedShards;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.format.PackName;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Tells whose shards a pack holds, for one who has lost every row. Where no header is sound it
/// goes on at the next place where a record may begin, so a damaged record hides none behind it.
final class PackWalk {
  private static final int PAGE_BYTES = 2 << 20;

  private final long packBytes;
  private final long fromOffset;
  private final byte[] page;

  private PackWalk(long packBytes, long fromOffset, byte[] page) {
    this.packBytes = packBytes;
    this.fromOffset = fromOffset;
    this.page = page;
  }

  static Future<PackedShards> at(Origin origin, ListPacked question) {
    long from = question.fromOffset();
    if (PackName.parse(question.pack()).isEmpty() || !PackRecord.isPlace(from, 1)) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST, "no place in a pack: " + from + " of " + question.pack());
    }
    origin.requireOurs(question.incarnation());
    return origin
        .open(() -> read(origin.driver(), question.pack(), from), _ -> {})
        .recover(cause -> Future.failedFuture(origin.fail(Operation.LIST, cause)))
        .compose(walk -> origin.world().compute(walk::shards));
  }

  private static PackWalk read(Driver driver, String pack, long from) throws DriverException {
    var file = driver.openUncached(pack);
    try {
      long packBytes = file.sizeBytes();
      var page = new byte[Math.clamp(packBytes - from, 0, PAGE_BYTES)];
      int read = page.length == 0 ? 0 : file.read(ByteBuffer.wrap(page), from);
      // Shorter by now than it was: then it ends where the bytes do.
      return new PackWalk(read < page.length ? from + Math.max(read, 0) : packBytes, from, page);
    } finally {
      file.close();
    }
  }

  private PackedShards shards() {
    var shards = new ArrayList<PackedShard>();
    long at = fromOffset;
    while (at + ShardHeader.BYTES <= Math.min(fromOffset + page.length, packBytes)) {
      var shard = shard(at);
      if (shard == null) {
        at += PackRecord.ALIGN_BYTES;
      } else {
        shards.add(shard);
        at = PackRecord.aligned(at + shard.sizeBytes());
      }
    }
    return new PackedShards(shards, at + ShardHeader.BYTES <= packBytes ? at : null);
  }

  private @Nullable PackedShard shard(long at) {
    return switch (ShardHeader.decode(page, (int) (at - fromOffset))) {
      case ShardHeader.Decoded.Bad _ -> null;
      case ShardHeader.Decoded.Ok(var header) -> {
        long bytes = PackRecord.bytes(header);
        yield PackRecord.isPlace(at, bytes) && at + bytes <= packBytes
            ? new PackedShard(header.writeId().toString(), header.index(), at, bytes)
            : null;
      }
    };
  }
}
