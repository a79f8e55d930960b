package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.Retries;
import io.kintsugi.session.WriteSession;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes one small segment. Nothing goes anywhere before its last byte has come and everything
/// that was said of it held; then each copy goes out in one piece, together with those of other
/// writes.
final class SmallWriter implements OpenSegment {
  private final Workshop shop;
  private final ManifestDraft draft;
  private final Bucket bucket;
  private final WriteSession session;
  private final BodySum sum;
  private final Layout layout;
  private final ShardHeader header;
  private final byte[] body;
  private int filledBytes;
  private @Nullable Landing landing;
  private @Nullable Failure failed;

  /// Begins one.
  ///
  /// @param draft of plain copies, of at most one block
  SmallWriter(
      Workshop shop, ManifestDraft draft, Bucket bucket, WriteSession session, BodySum sum) {
    this.shop = shop;
    this.draft = draft;
    this.bucket = bucket;
    this.session = session;
    this.sum = sum;
    layout = new Layout(draft.geometry().k(), draft.geometry().m());
    header = draft.header(0);
    body = new byte[(int) draft.segment().sizeBytes()];
  }

  @Override
  public int take(Buffer bytes, int from) {
    int length = Math.min(bytes.length() - from, body.length - filledBytes);
    bytes.getBytes(from, from + length, body, filledBytes);
    filledBytes += length;
    if (length > 0 && filledBytes == body.length) {
      sum.add(body);
    }
    return length;
  }

  @Override
  public Future<Void> ready() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Segment> finish(@Nullable String etag, @Nullable String partMd5) {
    return Chain.run(
            shop.world(),
            body.length,
            () -> SmallShards.encode(draft, header, body, etag, partMd5, shop.key()))
        .compose(shards ->
            Retries.run(shop.world(), Retries.DELAYS, () -> place(shards))
                .map(locations -> segment(shards, locations)));
  }

  /// All of it is in memory still, so what too few origins took can be sent again, to others.
  private Future<List<Location>> place(SmallShards shards) {
    return shop.places()
        .take(bucket.strategy(), layout.shards(), shards.piece(0).length)
        .compose(placement -> send(shards, placement));
  }

  private Future<List<Location>> send(SmallShards shards, Placement placement) {
    var origins = placement.origins();
    if (failed != null) {
      return Future.failedFuture(failed);
    }
    if (Shortage.decide(layout, bucket.onShortage(), origins.size())
        instanceof Shortage.Refuse(String reason)) {
      return Future.failedFuture(
          new Failure(
              Shortage.code(layout, bucket.onShortage(), placement),
              reason,
              Map.of("what", "origins")));
    }
    CrashPoint.WRITE_PLACED.pass();
    var crossing = new Landing(shop.world(), shop.settings(), draft);
    landing = crossing;
    var sent = new ArrayList<PackedShard>();
    for (int index = 0; index < layout.shards(); index++) {
      var shard = shard(shards, index, origins.get(index), crossing);
      crossing.add(shard);
      sent.add(shard);
    }
    sent.forEach(shop.packer()::add);
    crossing.sent();
    return crossing
        .outcome()
        .onSuccess(locations ->
            locations.stream()
                .filter(at -> !at.landed())
                .forEach(at -> shop.places().shun(at.originId())));
  }

  private PackedShard shard(SmallShards shards, int index, OriginRef origin, Landing crossing) {
    var attempt = session.draw();
    var place =
        new Location(index, attempt.toString(), origin.originId(), origin.incarnation(), false);
    var name = Names.shard(draft.writeId(), index, attempt);
    return new PackedShard(
        shop.world(),
        place,
        new ShardRecord(name, Payload.of(shards.piece(index))),
        crossing::decide);
  }

  private Segment segment(SmallShards shards, List<Location> locations) {
    return new Segment(
        draft.segment().ordinal(),
        draft.writeId().toString(),
        draft.segment().offset(),
        draft.segment().sizeBytes(),
        layout,
        header.footerBytes(),
        shards.footerSha256(),
        shards.shardSha256(),
        header.fileBytes(),
        locations);
  }

  @Override
  public void abort(Failure reason) {
    if (failed == null) {
      failed = reason;
    }
    if (landing != null) {
      landing.abort(reason);
    }
  }
}
