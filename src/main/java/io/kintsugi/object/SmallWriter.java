package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
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
  private final ManifestDraft widest;
  private final ShardHeader header;
  private final Bucket bucket;
  private final long keySpread;
  private final WriteSession session;
  private final BodySum sum;
  private final byte[] body;
  private int filledBytes;
  private @Nullable Made made;
  private @Nullable Landing landing;
  private @Nullable Failure failed;

  /// The copies as they are sent, however often: those of one write are never of two layouts.
  private record Made(ManifestDraft draft, Layout layout, ShardHeader header, SmallShards shards) {}

  /// Begins one.
  ///
  /// @param widest of plain copies, of at most one block; no more of them than it says
  /// @param keySpread where it goes if its bucket goes by keys
  SmallWriter(
      Workshop shop,
      ManifestDraft widest,
      Bucket bucket,
      long keySpread,
      WriteSession session,
      BodySum sum) {
    this.shop = shop;
    this.widest = widest;
    this.bucket = bucket;
    this.keySpread = keySpread;
    this.session = session;
    this.sum = sum;
    header = widest.header(0);
    body = new byte[(int) widest.segment().sizeBytes()];
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
    return Retries.run(shop.world(), Retries.DELAYS, () -> place(etag, partMd5));
  }

  /// All of it is in memory still, so what too few origins took can be sent again, to others.
  private Future<Segment> place(@Nullable String etag, @Nullable String partMd5) {
    int copies = widest.geometry().n();
    var places = shop.places();
    var placed =
        Kept.of(bucket).isByKey()
            ? places.takeByKey(bucket.strategy(), copies, keySpread)
            : places.take(bucket.strategy(), copies, pieceBytes());
    return placed.compose(placement -> {
      var write = decide(placement);
      return made(write.layout(), etag, partMd5)
          .compose(ready -> send(ready, write.needed(), placement.origins()))
          .map(this::segment);
    });
  }

  private int pieceBytes() {
    return ShardHeader.BYTES + Striping.HEAD_BYTES + body.length + header.footerBytes();
  }

  private Shortage.Write decide(Placement placement) {
    var layout = new Layout(widest.geometry().k(), widest.geometry().m());
    return switch (Shortage.decide(layout, bucket.onShortage(), placement)) {
      case Shortage.Write write -> write;
      case Shortage.Refuse(String reason) ->
          throw new Failure(
              Shortage.code(layout, bucket.onShortage(), placement),
              reason,
              Map.of("what", "origins"));
    };
  }

  private Future<Made> made(Layout layout, @Nullable String etag, @Nullable String partMd5) {
    var before = made;
    if (before != null) {
      return before.layout().shards() <= layout.shards()
          ? Future.succeededFuture(before)
          : Future.failedFuture(
              Failure.of(
                  FailureCode.UNAVAILABLE,
                  "fewer origins can be written than when it was begun",
                  "what",
                  "origins"));
    }
    boolean full = layout.shards() == widest.geometry().n();
    var draft = full ? widest : widest.as(new Geometry(layout.k(), layout.m()));
    var first = full ? header : draft.header(0);
    return Chain.run(
            shop.world(),
            body.length,
            () -> SmallShards.encode(draft, first, body, etag, partMd5, shop.key()))
        .map(shards -> {
          var ready = new Made(draft, layout, first, shards);
          made = ready;
          return ready;
        });
  }

  private record Sent(Made made, List<Location> locations) {}

  private Future<Sent> send(Made ready, int needed, List<OriginRef> origins) {
    if (failed != null) {
      return Future.failedFuture(failed);
    }
    CrashPoint.WRITE_PLACED.pass();
    var crossing = new Landing(shop.world(), shop.settings(), ready.draft(), needed);
    landing = crossing;
    var sent = new ArrayList<PackedShard>();
    for (int index = 0; index < ready.layout().shards(); index++) {
      var shard = shard(ready.shards(), index, origins.get(index), crossing);
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
                .forEach(at -> shop.places().shun(at.originId())))
        .map(locations -> new Sent(ready, locations));
  }

  private PackedShard shard(SmallShards shards, int index, OriginRef origin, Landing crossing) {
    var attempt = session.draw();
    var place =
        new Location(index, attempt.toString(), origin.originId(), origin.incarnation(), false);
    var name = Names.shard(widest.writeId(), index, attempt);
    return new PackedShard(
        shop.world(),
        place,
        new ShardRecord(name, Payload.of(shards.piece(index))),
        crossing::decide);
  }

  private Segment segment(Sent sent) {
    var ready = sent.made();
    var piece = widest.segment();
    return new Segment(
        piece.ordinal(),
        widest.writeId().toString(),
        piece.offset(),
        piece.sizeBytes(),
        ready.layout(),
        ready.header().footerBytes(),
        ready.shards().footerSha256(),
        ready.shards().shardSha256(),
        ready.header().fileBytes(),
        sent.locations());
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
