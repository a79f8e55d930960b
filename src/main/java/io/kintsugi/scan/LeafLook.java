package io.kintsugi.scan;

import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.CatalogScanContract.NoteUnreferenced;
import io.kintsugi.contract.CatalogScanContract.NoteVerified;
import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.kintsugi.scan.Judgement.Judged;
import io.kintsugi.scan.Judgement.OriginLook;
import io.kintsugi.scan.Judgement.Shard;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One look at one leaf, everywhere: rows first, then what lies on every origin, then what follows
/// from the two.
final class LeafLook implements Look {
  private static final int ROWS_PER_PAGE = 1000;
  private static final int NAMES_PER_NOTE = 1000;

  private final Errand errand;
  private final World world;
  private final ScanPlan plan;
  private final String leaf;
  private final @Nullable Long objectsLeft;
  private final Records records;
  private final Map<String, OriginState> origins = new HashMap<>();
  private final Map<String, ExtentReader> readers = new HashMap<>();
  private final Map<String, OriginLook> looks = new HashMap<>();
  private final Map<String, Map<String, ShardFinding>> inPacks = new HashMap<>();
  private final List<SegmentRow> rows = new ArrayList<>();
  private boolean cancelled;

  LeafLook(Errand errand, String leaf, @Nullable Long objectsLeft) {
    this.errand = errand;
    world = errand.world();
    plan = errand.plan();
    this.leaf = leaf;
    this.objectsLeft = objectsLeft;
    records = new Records(errand);
  }

  @Override
  public long shareBytesPerSecond() {
    return errand.shareBytesPerSecond();
  }

  @Override
  public double fraction() {
    long expected = rows.stream().mapToLong(row -> row.segment().locations().size()).sum();
    long seen = readers.values().stream().mapToLong(ExtentReader::names).sum();
    return expected == 0 ? 0 : Math.min(1, (double) seen / expected);
  }

  @Override
  public void cancel() {
    cancelled = true;
    records.cancel();
    readers.values().forEach(ExtentReader::cancel);
  }

  @Override
  public Future<Outcome> run() {
    return errand
        .origins()
        .compose(found -> {
          origins.putAll(found);
          return listRows(rows, null);
        })
        .compose(_ -> lookEverywhere())
        .compose(_ -> lookAtPacks())
        .compose(_ -> judge());
  }

  private Future<Void> listRows(List<SegmentRow> into, @Nullable String after) {
    if (cancelled) {
      return Errand.calledOff();
    }
    return world
        .bus()
        .ask(CatalogScanContract.LIST_SHARDS, new ListShards(leaf, after, ROWS_PER_PAGE))
        .compose(page -> {
          into.addAll(page.segments());
          var next = page.nextAfter();
          return next == null ? Future.succeededFuture() : listRows(into, next);
        });
  }

  private Future<Void> lookEverywhere() {
    if (cancelled) {
      return Errand.calledOff();
    }
    if (!plan.buckets().isEmpty() && rows.stream().noneMatch(plan::wants)) {
      return Future.succeededFuture();
    }
    var ours = origins.values().stream().filter(Judgement::isOurs).toList();
    long pace = Pace.perOrigin(errand.shareBytesPerSecond(), ours.size());
    var pending = new ArrayList<Future<Void>>();
    for (var origin : ours) {
      var incarnation = origin.incarnation();
      if (incarnation != null) {
        var reader =
            new ExtentReader(world, errand.scanId(), new OriginRef(origin.id(), incarnation));
        readers.put(origin.id(), reader);
        pending.add(
            reader
                .read(leaf, plan.depth(), pace)
                .map(look -> {
                  looks.put(origin.id(), look);
                  return null;
                }));
      }
    }
    return Future.all(pending).mapEmpty();
  }

  /// Of a segment that has a file here some shards may lie in packs, as after a write in which one
  /// did not land.
  private Future<Void> lookAtPacks() {
    if (cancelled) {
      return Errand.calledOff();
    }
    var mixed = rows.stream().filter(row -> !looks.isEmpty() && isMixed(row)).toList();
    var found = new HashMap<String, ShardFinding>();
    return new Copies(errand, origins, records)
        .lookAtPacks(mixed, found)
        .map(_ -> {
          for (var row : mixed) {
            for (var location : row.segment().locations()) {
              add(location.originId(), found.get(Judgement.name(row.segment(), location)));
            }
          }
          return null;
        });
  }

  private static boolean isMixed(SegmentRow row) {
    return row.segment().locations().stream().anyMatch(at -> at.packed() != null);
  }

  private void add(String originId, @Nullable ShardFinding finding) {
    if (finding != null) {
      inPacks.computeIfAbsent(originId, _ -> new HashMap<>()).put(finding.name(), finding);
    }
  }

  /// What was seen of files and of what lies in packs.
  private Map<String, OriginLook> all() {
    var all = new HashMap<>(looks);
    inPacks.forEach((originId, found) -> {
      var files = looks.getOrDefault(originId, OriginLook.NONE);
      var both = new HashMap<>(files.findings());
      both.putAll(found);
      all.put(originId, new OriginLook(files.trusted(), both));
    });
    return all;
  }

  private Future<Outcome> judge() {
    if (cancelled) {
      return Errand.calledOff();
    }
    var wanted = wanted();
    if (looks.isEmpty() && wanted.isEmpty()) {
      return Future.succeededFuture(new Outcome(Figures.NONE, List.of()));
    }
    var all = all();
    var judged =
        rows.stream().map(row -> Judgement.judge(row, origins, all, plan.depth())).toList();
    return confirm(judged)
        .compose(confirmed ->
            errand
                .note(verdicts(confirmed))
                .compose(_ -> errand.report(confirmed))
                .compose(_ -> noteCoverage(confirmed))
                .compose(_ -> findOrphans())
                .map(orphans -> sumUp(confirmed, wanted, orphans)));
  }

  /// Write ids of the rows that this scan is about.
  private Set<String> wanted() {
    var wanted = new HashSet<String>();
    long objects = 0;
    for (var row : rows) {
      if (plan.wants(row) && (objectsLeft == null || objects < objectsLeft)) {
        wanted.add(row.segment().writeId());
        objects += isObject(row) ? 1 : 0;
      }
    }
    return wanted;
  }

  private static boolean isObject(SegmentRow row) {
    return row.versionId() != null && row.segment().ordinal() == 0 && isCountedHere(row);
  }

  /// A segment is counted where its first shard lies.
  private static boolean isCountedHere(SegmentRow row) {
    return row.segment().locations().stream()
        .noneMatch(at -> at.index() == 0 && at.packed() != null);
  }

  /// A heal may have moved a shard since the rows were read: before anything is called damaged the
  /// catalog is asked again, and what moved is looked at where it is now.
  private Future<List<Judged>> confirm(List<Judged> judged) {
    if (judged.stream().noneMatch(Judged::isDamaged)) {
      return Future.succeededFuture(judged);
    }
    var present = new ArrayList<SegmentRow>();
    return listRows(present, null)
        .compose(_ -> {
          var byWriteId = new HashMap<String, SegmentRow>();
          present.forEach(row -> byWriteId.put(row.segment().writeId(), row));
          var confirmed = new ArrayList<Future<Judged>>();
          for (var segment : judged) {
            var row = byWriteId.get(segment.row().segment().writeId());
            if (row != null) {
              confirmed.add(segment.isDamaged() ? lookAgain(segment, row) : known(segment));
            }
          }
          return Future.all(confirmed).map(_ -> confirmed.stream().map(Future::result).toList());
        });
  }

  private static Future<Judged> known(Judged segment) {
    return Future.succeededFuture(segment);
  }

  private Future<Judged> lookAgain(Judged segment, SegmentRow present) {
    var refreshed = Judgement.refresh(segment, present);
    var shards = new ArrayList<Future<Shard>>();
    for (var shard : refreshed.shards()) {
      boolean moved = !segment.shards().contains(shard);
      shards.add(moved ? lookAt(present, shard) : Future.succeededFuture(shard));
    }
    return Future.all(shards)
        .map(_ -> new Judged(present, shards.stream().map(Future::result).toList()));
  }

  private Future<Shard> lookAt(SegmentRow row, Shard moved) {
    var location = moved.location();
    if (!location.landed()) {
      var origin = origins.get(location.originId());
      return Future.succeededFuture(
          Judgement.judge(row.segment(), location, origin, OriginLook.NONE, plan.depth()));
    }
    var question =
        new VerifyShard(
            Judgement.name(row.segment(), location),
            location.incarnation(),
            plan.depth(),
            location.packed());
    return world
        .bus()
        .ask(OriginContract.VERIFY_SHARD.at(location.originId()), question)
        .map(finding -> Judgement.weigh(row.segment(), location, finding, plan.depth()))
        .otherwise(cause ->
            new Shard(location, Evidence.UNREACHABLE, false, false, Failure.from(cause).text()));
  }

  /// Of files; what lies in packs is counted by the looks at those.
  private static Verdicts verdicts(List<Judged> judged) {
    var verdicts = new Verdicts();
    for (var segment : judged) {
      for (var shard : segment.shards()) {
        if (shard.location().packed() == null) {
          verdicts.add(shard.location().originId(), shard.evidence());
        }
      }
    }
    return verdicts;
  }

  private Future<Void> noteCoverage(List<Judged> judged) {
    Future<Void> noted = Future.succeededFuture();
    for (String origin : Judgement.covered(judged, looks)) {
      var note = new NoteVerified(leaf, origin, plan.depthWord(), errand.began());
      noted =
          noted.compose(_ -> world.bus().ask(CatalogScanContract.NOTE_VERIFIED, note).mapEmpty());
    }
    return noted;
  }

  private Future<List<Issue>> findOrphans() {
    var orphans = new HashMap<String, List<String>>();
    Future<Void> asked = Future.succeededFuture();
    for (var look : looks.entrySet()) {
      var names = Judgement.unreferenced(look.getKey(), rows, look.getValue());
      for (int from = 0; from < names.size(); from += NAMES_PER_NOTE) {
        var some = names.subList(from, Math.min(names.size(), from + NAMES_PER_NOTE));
        var note = new NoteUnreferenced(look.getKey(), leaf, some);
        asked =
            asked
                .compose(_ -> world.bus().ask(CatalogScanContract.NOTE_UNREFERENCED, note))
                .map(answer -> {
                  orphans
                      .computeIfAbsent(note.originId(), _ -> new ArrayList<>())
                      .addAll(answer.names());
                  return null;
                });
      }
    }
    return asked.map(_ -> Issues.ofOrphans(orphans, world.clock().instant()));
  }

  private Outcome sumUp(List<Judged> judged, Set<String> wanted, List<Issue> orphans) {
    var issues = new ArrayList<Issue>();
    long objects = 0;
    long bytes = 0;
    var unreachable = new ArrayList<String>();
    for (var segment : judged) {
      if (wanted.contains(segment.row().segment().writeId())) {
        issues.addAll(Issues.of(segment, world.clock().instant()));
        objects += isObject(segment.row()) ? 1 : 0;
        bytes += isCountedHere(segment.row()) ? segment.row().segment().sizeBytes() : 0;
        unreachable.addAll(segment.unjudged());
      }
    }
    issues.addAll(orphans);
    errand.publish(issues);
    long physical =
        records.readBytes() + readers.values().stream().mapToLong(ExtentReader::readBytes).sum();
    var away = unreachable.stream().distinct().sorted().toList();
    return new Outcome(
        new Figures(objects, bytes, physical, issues.size(), unreachable.size(), away), issues);
  }
}
