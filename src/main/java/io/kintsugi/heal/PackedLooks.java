package io.kintsugi.heal;

import static java.util.Objects.requireNonNull;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ExpectedRecord;
import io.kintsugi.contract.OriginContract.RecordFindings;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyRecords;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Looks at records of many segments, one question for each pack.
final class PackedLooks {
  private final Bench bench;

  PackedLooks(Bench bench) {
    this.bench = bench;
  }

  /// A record to look at.
  record Wanted(Segment segment, Location location) {
    Packed packed() {
      return requireNonNull(location.packed());
    }
  }

  private record Pack(String originId, String incarnation, String name) {}

  static String name(Segment segment, Location location) {
    return Names.shard(
        WriteId.parse(segment.writeId()), location.index(), WriteId.parse(location.attemptId()));
  }

  /// What each was found to be; what could not be asked, or not of an origin that is ours without a
  /// doubt, is unreachable. Never fails.
  Future<Map<Wanted, Known>> look(List<Wanted> wanted, Depth depth) {
    var packs = new LinkedHashMap<Pack, List<Wanted>>();
    for (var want : wanted) {
      var at = want.location();
      var pack = new Pack(at.originId(), at.incarnation(), want.packed().pack());
      packs.computeIfAbsent(pack, _ -> new ArrayList<>()).add(want);
    }
    var seen = new HashMap<Wanted, Known>();
    var looks = new ArrayList<Future<?>>();
    packs.forEach((pack, there) -> looks.add(look(pack, there, depth, seen)));
    return Future.join(looks).otherwiseEmpty().map(_ -> seen);
  }

  private Future<Void> look(Pack pack, List<Wanted> there, Depth depth, Map<Wanted, Known> into) {
    there.sort(Comparator.comparingLong(want -> want.packed().offset()));
    long bytes = there.stream().mapToLong(want -> want.packed().sizeBytes()).sum();
    var turn =
        depth == Depth.QUICK
            ? Future.<Void>succeededFuture()
            : bench.turns().take(pack.originId(), bytes);
    var records = there.stream().map(PackedLooks::expected).toList();
    var question = new VerifyRecords(pack.name(), pack.incarnation(), depth, 0, records);
    return turn.compose(_ ->
            bench.world().bus().ask(OriginContract.VERIFY_RECORDS.at(pack.originId()), question))
        .map(answer -> {
          learn(there, answer, depth, into);
          return null;
        })
        .otherwise(cause -> {
          unreachable(there, Failure.from(cause).text(), into);
          return null;
        })
        .mapEmpty();
  }

  private static ExpectedRecord expected(Wanted want) {
    var packed = want.packed();
    return new ExpectedRecord(
        name(want.segment(), want.location()),
        packed.offset(),
        packed.sizeBytes(),
        want.segment().footerSha256());
  }

  /// Only what is not healthy is told.
  private static void learn(
      List<Wanted> there, RecordFindings answer, Depth depth, Map<Wanted, Known> into) {
    if (!answer.markerVerified()) {
      unreachable(there, "its origin was not proven to be ours", into);
      return;
    }
    var findings = new HashMap<String, ShardFinding>();
    answer.findings().forEach(finding -> findings.put(finding.name(), finding));
    for (var want : there) {
      var at = want.location();
      var finding = findings.get(name(want.segment(), at));
      into.put(
          want,
          finding == null
              ? Known.of(at, Evidence.HEALTHY, depth != Depth.QUICK, "")
              : Known.of(want.segment(), at, finding, depth));
    }
  }

  private static void unreachable(List<Wanted> there, String why, Map<Wanted, Known> into) {
    for (var want : there) {
      into.put(want, Known.of(want.location(), Evidence.UNREACHABLE, false, why));
    }
  }
}
