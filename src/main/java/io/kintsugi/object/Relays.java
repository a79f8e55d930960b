package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.CatalogRelayContract;
import io.kintsugi.contract.CatalogRelayContract.SegmentSwapped;
import io.kintsugi.contract.CatalogRelayContract.SwapSegment;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectContract.Relaid;
import io.kintsugi.contract.ObjectContract.RelaySegment;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.Manifest;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.Names;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.route.Spread;
import io.kintsugi.session.WriteSession;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes a segment anew that was written narrower than its bucket wants: the same bytes and the
/// same manifest but for its layout, under a write id of its own. The old one stays until the
/// catalog has swapped them, and for the grace after that.
final class Relays {
  private static final Logger LOG = LoggerFactory.getLogger(Relays.class);
  private static final int STRIPES_HELD = 4;
  private static final int FOOTER_GUESS_BYTES = 1024;

  /// Nothing is gained by a layout that is as narrow as the old one.
  private static final String REFUSE = "refuse";

  private final Workshop shop;
  private final Manifests manifests;

  Relays(Workshop shop) {
    this.shop = shop;
    manifests = new Manifests(shop);
  }

  Future<Relaid> relay(RelaySegment wish) {
    return shop.origins()
        .ready()
        .compose(_ -> shop.buckets().get(wish.bucket()))
        .compose(bucket -> {
          var kept = Kept.of(bucket);
          var geometry = kept.geometry(wish.segment().sizeBytes());
          var wanted = new Layout(geometry.k(), geometry.m());
          return isWideEnough(wish, wanted)
              ? Future.succeededFuture(new Relaid(Relaid.UNNEEDED))
              : place(wish, kept, wanted);
        });
  }

  private static boolean isWideEnough(RelaySegment wish, Layout wanted) {
    return wanted.shards() <= wish.segment().layout().shards();
  }

  private Future<Relaid> place(RelaySegment wish, Kept kept, Layout wanted) {
    var segment = wish.segment();
    var question =
        new Place(
            wanted.shards(),
            List.of(),
            kept.bucket().strategy(),
            new Striping(new Geometry(wanted.k(), wanted.m()), segment.sizeBytes())
                .shardFileBytes(FOOTER_GUESS_BYTES),
            kept.isByKey()
                ? Spread.of(wish.bucket(), wish.key(), segment.ordinal())
                : WriteId.parse(segment.writeId()).counter());
    return shop.world()
        .bus()
        .ask(OriginContract.PLACE, question)
        .compose(placement ->
            switch (Shortage.decide(wanted, REFUSE, placement)) {
              case Shortage.Refuse(String reason) ->
                  Future.failedFuture(
                      Failure.of(FailureCode.UNAVAILABLE, reason, "what", "origins"));
              case Shortage.Write write ->
                  isWideEnough(wish, write.layout())
                      ? Future.succeededFuture(new Relaid(Relaid.UNNEEDED))
                      : manifests
                          .read(segment)
                          .compose(manifest -> admit(wish, manifest, write, placement.origins()));
            });
  }

  private Future<Relaid> admit(
      RelaySegment wish, Manifest manifest, Shortage.Write anew, List<OriginRef> origins) {
    var source = entry(wish);
    long heldBytes = (long) anew.layout().shards() * STRIPES_HELD * Striping.BLOCK_BYTES;
    return shop.admission()
        .enter(heldBytes + Reader.memoryBytes(source, wish.segment().sizeBytes()))
        .compose(permit ->
            shop.sessions()
                .take()
                .compose(session -> {
                  var hold = session.hold();
                  return write(source, manifest, anew, origins, hold)
                      .onFailure(_ -> hold.release())
                      .compose(segment -> swap(wish, segment, hold));
                })
                .onComplete(_ -> permit.release()));
  }

  /// The segment alone, as an object to be read.
  private static ObjectEntry entry(RelaySegment wish) {
    var segment = wish.segment();
    var info =
        new ObjectInfo(segment.sizeBytes(), "", null, Map.of(), Map.of(), java.time.Instant.EPOCH);
    return new ObjectEntry(wish.bucket(), wish.key(), wish.versionId(), info, List.of(segment));
  }

  private Future<Segment> write(
      ObjectEntry source,
      Manifest manifest,
      Shortage.Write anew,
      List<OriginRef> origins,
      WriteSession.Hold hold) {
    var old = manifest.draft();
    var draft =
        new ManifestDraft(
            hold.first(),
            old.bucket(),
            old.key(),
            old.version(),
            old.upload(),
            old.segment(),
            old.created(),
            old.attributes(),
            new Geometry(anew.layout().k(), anew.layout().m()));
    var sum = new BodySum(shop.world());
    var writer = new SegmentWriter(shop, draft, origins, anew.needed(), hold.session(), sum);
    var reader = new Reader(shop, source, 0, source.info().sizeBytes());
    Promise<Void> fed = Promise.promise();
    advance(reader, writer, fed);
    return fed.future()
        .onComplete(_ -> reader.close())
        .compose(_ -> sum.finish())
        .compose(md5 -> requireSame(manifest, md5))
        .compose(_ -> writer.finish(manifest.etag(), manifest.partMd5()))
        .onFailure(cause -> writer.abort(Failure.from(cause)))
        .compose(this::verified);
  }

  /// A part, and an object that is one segment, is told by its MD5 what its bytes were.
  private static Future<Void> requireSame(Manifest manifest, String md5) {
    var segment = manifest.draft().segment();
    var etag = segment.last() && segment.offset() == 0 ? manifest.etag() : null;
    var told = manifest.partMd5() == null ? etag : manifest.partMd5();
    return told == null || told.contains("-") || told.equals(md5)
        ? Future.succeededFuture()
        : Future.failedFuture(
            Failure.of(
                FailureCode.CORRUPT, "its bytes do not hash to what its manifest says of them"));
  }

  /// A chain of futures would grow with the segment; this one starts anew for each stripe.
  private static void advance(Reader reader, OpenSegment writer, Promise<Void> fed) {
    reader
        .next()
        .onSuccess(pieces -> {
          if (pieces.isEmpty()) {
            fed.complete();
          } else {
            give(pieces, 0, writer)
                .onSuccess(_ -> advance(reader, writer, fed))
                .onFailure(fed::fail);
          }
        })
        .onFailure(fed::fail);
  }

  private static Future<Void> give(List<Buffer> pieces, int at, OpenSegment writer) {
    if (at == pieces.size()) {
      return Future.succeededFuture();
    }
    writer.take(pieces.get(at), 0);
    return writer.ready().compose(_ -> give(pieces, at + 1, writer));
  }

  /// Every shard that landed is read back before it counts.
  private Future<Segment> verified(Segment segment) {
    var looks =
        segment.locations().stream().filter(Location::landed).map(at -> look(segment, at)).toList();
    return Future.all(looks).map(_ -> segment);
  }

  private Future<Void> look(Segment segment, Location at) {
    var name =
        Names.shard(WriteId.parse(segment.writeId()), at.index(), WriteId.parse(at.attemptId()));
    return shop.world()
        .bus()
        .ask(
            OriginContract.VERIFY_SHARD.at(at.originId()),
            new VerifyShard(name, at.incarnation(), Depth.DEEP, at.packed()))
        .compose(finding ->
            finding.evidence() == Evidence.HEALTHY
                    && segment.footerSha256().equals(finding.footerSha256())
                ? Future.succeededFuture()
                : Future.failedFuture(
                    Failure.of(
                        FailureCode.UNAVAILABLE,
                        "origin " + at.originId() + " reads back " + finding.evidence(),
                        "what",
                        "origin")));
  }

  private Future<Relaid> swap(RelaySegment wish, Segment segment, WriteSession.Hold hold) {
    var session = hold.session();
    var question =
        new SwapSegment(
            session.sessionId(), wish.taskId(), wish.attempt(), wish.segment().writeId(), segment);
    return Retry.whileUnknown(
            shop.world(),
            shop.settings().commitMillis(),
            () -> shop.world().bus().ask(CatalogRelayContract.SWAP_SEGMENT, question))
        .onSuccess(_ -> hold.release())
        .onFailure(cause -> {
          var failure = Failure.from(cause);
          if (Retry.isUnknown(failure)) {
            // It may have happened: its session's low water never passes it.
            shop.sessions().retire(session);
            return;
          }
          hold.release();
          if ("session".equals(failure.detail("what"))) {
            shop.sessions().lose(session, failure.text());
          }
        })
        .map(swapped -> told(wish, segment, swapped));
  }

  private static Relaid told(RelaySegment wish, Segment segment, SegmentSwapped swapped) {
    LOG.atInfo()
        .addKeyValue("bucket", wish.bucket())
        .addKeyValue("object", wish.key())
        .log(
            "relaid writeId={} from={} to={} as={} swapped={}",
            wish.segment().writeId(),
            wish.segment().layout(),
            segment.layout(),
            segment.writeId(),
            swapped.swapped());
    return new Relaid(swapped.swapped() ? Relaid.RELAID : Relaid.GONE);
  }
}
