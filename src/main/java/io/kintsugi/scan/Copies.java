package io.kintsugi.scan;

import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPackContract.FindShards;
import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ExpectedRecord;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Failure;
import io.kintsugi.scan.Judgement.Judged;
import io.kintsugi.scan.Judgement.OriginLook;
import io.kintsugi.scan.Judgement.Shard;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Judges whole segments of which one shard in a pack was found wanting: how bad that is depends on
/// the others, wherever they lie.
final class Copies {
  private static final Comparator<Records.Wanted> BY_PLACE =
      Comparator.comparing(Records.Wanted::originId)
          .thenComparing(Records.Wanted::pack)
          .thenComparingLong(wanted -> wanted.record().offset());

  private final Errand errand;
  private final Map<String, OriginState> origins;
  private final Records records;

  Copies(Errand errand, Map<String, OriginState> origins, Records records) {
    this.errand = errand;
    this.origins = origins;
    this.records = records;
  }

  /// What is known of segments, by the rows of now: one that died meanwhile is left out, and what a
  /// heal has moved is looked at where it is.
  ///
  /// @param known what was found already, by name
  Future<List<Judged>> judge(List<String> writeIds, Map<String, ShardFinding> known) {
    return errand
        .world()
        .bus()
        .ask(CatalogPackContract.FIND_SHARDS, new FindShards(writeIds))
        .compose(rows -> {
          var findings = new HashMap<>(known);
          return lookAtPacks(rows.segments(), findings)
              .compose(_ -> lookAtFiles(rows.segments(), findings))
              .map(_ -> rows.segments().stream().map(row -> judge(row, findings)).toList());
        });
  }

  /// Looks at those shards of segments that lie in packs, and adds what is found, the good too.
  Future<Void> lookAtPacks(List<SegmentRow> rows, Map<String, ShardFinding> findings) {
    var wanted = new ArrayList<Records.Wanted>();
    for (var row : rows) {
      for (var location : row.segment().locations()) {
        var packed = location.packed();
        if (packed != null && isToBeSeen(row.segment(), location, findings)) {
          wanted.add(wanted(row.segment(), location, packed));
          findings.put(Judgement.name(row.segment(), location), sound(row.segment(), location));
        }
      }
    }
    wanted.sort(BY_PLACE);
    return records
        .look(wanted, errand.shareBytesPerSecond())
        .map(found -> {
          findings.putAll(found);
          return null;
        });
  }

  private boolean isToBeSeen(
      Segment segment, Location location, Map<String, ShardFinding> findings) {
    var origin = origins.get(location.originId());
    return location.landed()
        && Judgement.isOurs(origin)
        && origin != null
        && location.incarnation().equals(origin.incarnation())
        && !findings.containsKey(Judgement.name(segment, location));
  }

  private static Records.Wanted wanted(Segment segment, Location location, Packed packed) {
    return new Records.Wanted(
        location.originId(),
        location.incarnation(),
        packed.pack(),
        new ExpectedRecord(
            Judgement.name(segment, location),
            packed.offset(),
            packed.sizeBytes(),
            segment.footerSha256()));
  }

  /// The origin tells only of what is wrong, and has compared the footers already.
  private static ShardFinding sound(Segment segment, Location location) {
    return new ShardFinding(
        Judgement.name(segment, location),
        segment.shardBytes(),
        Evidence.HEALTHY,
        null,
        false,
        false,
        segment.footerSha256(),
        0);
  }

  private Future<Void> lookAtFiles(List<SegmentRow> rows, Map<String, ShardFinding> findings) {
    Future<Void> looked = Future.succeededFuture();
    for (var row : rows) {
      for (var location : row.segment().locations()) {
        if (location.packed() == null && isToBeSeen(row.segment(), location, findings)) {
          looked =
              looked
                  .compose(_ -> lookAt(row.segment(), location))
                  .map(finding -> {
                    findings.put(finding.name(), finding);
                    return null;
                  });
        }
      }
    }
    return looked;
  }

  private Future<ShardFinding> lookAt(Segment segment, Location location) {
    var name = Judgement.name(segment, location);
    return errand
        .world()
        .bus()
        .ask(
            OriginContract.VERIFY_SHARD.at(location.originId()),
            new VerifyShard(name, location.incarnation(), errand.depth(), location.packed()))
        .otherwise(cause ->
            new ShardFinding(
                name, 0, Evidence.UNREACHABLE, Failure.from(cause).text(), false, false, null, 0));
  }

  private Judged judge(SegmentRow row, Map<String, ShardFinding> findings) {
    var shards = new ArrayList<Shard>();
    for (var location : row.segment().locations()) {
      var look = new OriginLook(true, findings);
      var origin = origins.get(location.originId());
      boolean seen = findings.containsKey(Judgement.name(row.segment(), location));
      shards.add(
          Judgement.judge(
              row.segment(), location, origin, seen ? look : OriginLook.NONE, errand.depth()));
    }
    return new Judged(row, shards);
  }

  /// The pack in which the first of the damaged shards lies; null: it has a file, or should.
  static @Nullable Extent firstDamaged(Judged judged) {
    for (var shard : judged.shards()) {
      if (shard.evidence().isDamage()) {
        var packed = shard.location().packed();
        return packed == null ? null : new Extent.Pack(shard.location().originId(), packed.pack());
      }
    }
    return null;
  }
}
