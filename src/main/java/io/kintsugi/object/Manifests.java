package io.kintsugi.object;

import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Footer;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Manifest;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/// Reads what a segment says of itself: the manifest in its footer, which is the one that was
/// committed, or none.
final class Manifests {
  private final Workshop shop;

  Manifests(Workshop shop) {
    this.shop = shop;
  }

  /// The manifest of a segment, from the first shard that gives it whole.
  Future<Manifest> read(Segment segment) {
    return read(segment, segment.locations().stream().filter(Location::landed).toList(), 0);
  }

  private Future<Manifest> read(Segment segment, List<Location> places, int at) {
    if (at == places.size()) {
      return Future.failedFuture(
          Failure.of(FailureCode.UNAVAILABLE, "no shard gives its footer now"));
    }
    return footer(segment, places.get(at))
        .map(footer -> decode(segment, footer))
        .recover(_ -> read(segment, places, at + 1));
  }

  private Future<byte[]> footer(Segment segment, Location at) {
    var geometry = new Geometry(segment.layout().k(), segment.layout().m());
    long from = new Striping(geometry, segment.sizeBytes()).footerOffset();
    var name =
        Names.shard(WriteId.parse(segment.writeId()), at.index(), WriteId.parse(at.attemptId()));
    Promise<byte[]> read = Promise.promise();
    var bytes = Buffer.buffer(segment.footerBytes());
    var source = shop.world().blobs().await(Blobs.SHARD_WINDOW_BYTES);
    source.exceptionHandler(read::tryFail);
    source.endHandler(_ -> read.tryComplete(bytes.getBytes()));
    source.handler(bytes::appendBuffer);
    var question =
        new ReadShard(
            name,
            at.incarnation(),
            from,
            segment.footerBytes(),
            source.ticket(),
            at.packed(),
            false);
    shop.world()
        .bus()
        .ask(OriginContract.READ_SHARD.at(at.originId()), question)
        .onFailure(cause -> {
          source.cancel(Failure.from(cause));
          read.tryFail(cause);
        });
    return read.future();
  }

  private Manifest decode(Segment segment, byte[] footer) {
    boolean committed = ShardDigest.ofFooter(footer).equals(segment.footerSha256());
    if (committed
        && Footer.decode(footer, KeyRing.of(shop.key())) instanceof Footer.Decoded.Ok(var known)) {
      return known;
    }
    throw Failure.of(FailureCode.CORRUPT, "not the footer that was committed");
  }
}
