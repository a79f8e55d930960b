package io.kintsugi.object;

import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.Names;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.kintsugi.session.WriteSession;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes one segment: fills a stripe while the one before is coded and sent.
final class SegmentWriter implements OpenSegment {
  /// Stripes that are coded or sent while another fills.
  private static final int STRIPES_IN_FLIGHT_MAX = 2;

  /// A shard that is not longer goes out in one piece.
  private static final int ONE_PIECE_BYTES = 160 * 1024;

  private final ManifestDraft draft;
  private final Striping striping;
  private final BodySum sum;
  private final ClusterKey key;
  private final Chain coding;
  private final StripeEncoder encoder;
  private final StripeFiller filler;
  private final ShardStreams shards;
  private final long shardBytes;
  private final int footerBytes;
  private final List<Future<Void>> inFlight = new ArrayList<>();
  private final @Nullable List<Buffer> oneBlockEach;
  private @Nullable Failure failed;

  /// @param needed so many shards must be flushed
  SegmentWriter(
      Workshop shop,
      ManifestDraft draft,
      List<OriginRef> origins,
      int needed,
      WriteSession session,
      BodySum sum) {
    this.draft = draft;
    this.sum = sum;
    key = shop.key();
    World world = shop.world();
    striping = draft.striping();
    footerBytes = draft.footerBytes();
    shardBytes = striping.shardFileBytes(footerBytes);
    coding = new Chain(world);
    encoder = new StripeEncoder(draft);
    filler = new StripeFiller(striping);
    oneBlockEach = shardBytes <= ONE_PIECE_BYTES ? new ArrayList<>() : null;
    shards = new ShardStreams(world, shop.settings(), draft, lanes(origins, session), needed);
    shards.outcome().onFailure(cause -> failed = Failure.from(cause));
    if (oneBlockEach == null) {
      shards.send(index -> Bytes.of(encoder.header(index).encodeFileHead()));
    }
  }

  private List<ShardStreams.Lane> lanes(List<OriginRef> origins, WriteSession session) {
    var lanes = new ArrayList<ShardStreams.Lane>();
    for (int index = 0; index < draft.geometry().n(); index++) {
      var origin = origins.get(index);
      var attempt = session.draw();
      var place =
          new Location(index, attempt.toString(), origin.originId(), origin.incarnation(), false);
      var name = Names.shard(draft.writeId(), index, attempt);
      lanes.add(new ShardStreams.Lane(place, name, shardBytes));
    }
    return lanes;
  }

  @Override
  public int take(Buffer bytes, int from) {
    int at = from;
    while (at < bytes.length() && !filler.isFull()) {
      at += filler.take(bytes, at);
      var stripe = filler.poll();
      if (stripe != null) {
        dispatch(stripe);
      }
    }
    return at - from;
  }

  @Override
  public Future<Void> ready() {
    var failure = failed;
    if (failure != null) {
      return Future.failedFuture(failure);
    }
    if (inFlight.size() <= STRIPES_IN_FLIGHT_MAX) {
      return Future.succeededFuture();
    }
    return inFlight.getFirst().compose(_ -> ready());
  }

  private void dispatch(Stripe stripe) {
    var summed = sum.add(striping, stripe);
    var sent =
        coding
            .then(striping.stripeBytes(stripe.number()), () -> encoder.encode(stripe))
            .compose(this::send);
    Promise<Void> gone = Promise.promise();
    inFlight.add(gone.future());
    Future.all(summed, sent)
        .onComplete(result -> {
          inFlight.remove(gone.future());
          if (result.failed()) {
            abort(Failure.from(result.cause()));
          }
          gone.handle(result.mapEmpty());
        });
  }

  private Future<Void> send(Stripe stripe) {
    if (oneBlockEach != null) {
      for (var block : stripe.blocks()) {
        oneBlockEach.add(Bytes.of(block));
      }
      return Future.succeededFuture();
    }
    return shards.send(index -> Bytes.of(stripe.blocks()[index]));
  }

  @Override
  public Future<Segment> finish(@Nullable String etag, @Nullable String partMd5) {
    return Future.all(List.copyOf(inFlight))
        .compose(_ -> coding.then(footerWork(), () -> encoder.seal(etag, partMd5, key)))
        .compose(this::sendFooter)
        .onFailure(cause -> abort(Failure.from(cause)));
  }

  private int footerWork() {
    return oneBlockEach == null ? Chain.SMALL_BYTES + 1 : 0;
  }

  private Future<Segment> sendFooter(StripeEncoder.Sealed seal) {
    if (oneBlockEach == null) {
      shards.send(_ -> seal.footer().copy());
    } else {
      shards.send(index -> wholeShard(oneBlockEach, index, seal));
    }
    return shards.finish().map(locations -> segment(seal, locations));
  }

  private Buffer wholeShard(List<Buffer> blocks, int index, StripeEncoder.Sealed seal) {
    var whole = Buffer.buffer((int) shardBytes);
    whole.appendBytes(encoder.header(index).encodeFileHead());
    for (int at = index; at < blocks.size(); at += draft.geometry().n()) {
      whole.appendBuffer(blocks.get(at));
    }
    return whole.appendBuffer(seal.footer());
  }

  private Segment segment(StripeEncoder.Sealed seal, List<Location> locations) {
    return new Segment(
        draft.segment().ordinal(),
        draft.writeId().toString(),
        draft.segment().offset(),
        draft.segment().sizeBytes(),
        new Layout(draft.geometry().k(), draft.geometry().m()),
        footerBytes,
        seal.footerSha256(),
        seal.shardSha256(),
        shardBytes,
        locations);
  }

  @Override
  public void abort(Failure reason) {
    if (failed == null) {
      failed = reason;
    }
    shards.abort(reason);
  }
}
