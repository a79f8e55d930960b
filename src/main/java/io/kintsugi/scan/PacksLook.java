package io.kintsugi.scan;

import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPackContract.ListPacks;
import io.kintsugi.contract.CatalogPackContract.NotePacksVerified;
import io.kintsugi.contract.CatalogPackContract.PackRef;
import io.kintsugi.contract.CatalogPackContract.PackSum;
import io.kintsugi.contract.CatalogPackContract.SumPacks;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Pack;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One look at all packs of one origin by their names and sizes: a pack that is as long as its last
/// shard needs holds all of them, as far as names and sizes can tell. The shards of another are
/// looked at one by one.
final class PacksLook implements Look {
  private static final Logger LOG = LoggerFactory.getLogger(PacksLook.class);
  private static final int NAMES_PER_PAGE = 64;
  private static final int NOTES_MAX = 1000;

  private final Errand errand;
  private final String originId;
  private final List<PackSum> sums = new ArrayList<>();
  private final List<String> sound = new ArrayList<>();
  private Map<String, OriginState> origins = Map.of();
  private Figures figures = Figures.NONE;
  private boolean whole = true;
  private int compared;
  private @Nullable PackPages pages;
  private boolean cancelled;

  PacksLook(Errand errand, String originId) {
    this.errand = errand;
    this.originId = originId;
  }

  @Override
  public Future<Outcome> run() {
    return errand
        .origins()
        .compose(found -> {
          origins = found;
          // Rows first: what they speak of is there before them.
          return sumUp(null);
        })
        .compose(_ -> listPacks())
        .compose(there -> compare(there))
        .compose(_ -> noteCoverage(0))
        .map(_ -> new Outcome(figures, List.of()));
  }

  private Future<Void> sumUp(@Nullable PackRef after) {
    if (cancelled) {
      return Errand.calledOff();
    }
    var bus = errand.world().bus();
    return bus.ask(CatalogPackContract.LIST_PACKS, new ListPacks(originId, after, NAMES_PER_PAGE))
        .compose(page -> {
          var names = page.packs().stream().map(PackRef::pack).toList();
          return bus.ask(
                  CatalogPackContract.SUM_PACKS, new SumPacks(originId, names, errand.scope()))
              .compose(answer -> {
                sums.addAll(answer.packs());
                whole &= answer.whole();
                var next = page.nextAfter();
                return next == null ? Future.succeededFuture() : sumUp(next);
              });
        });
  }

  /// What lies there; null if that cannot be told.
  private Future<@Nullable Map<String, Pack>> listPacks() {
    var origin = origins.get(originId);
    var incarnation = origin == null ? null : origin.incarnation();
    if (incarnation == null || !Judgement.isOurs(origin)) {
      return Future.succeededFuture(null);
    }
    return errand
        .world()
        .bus()
        .ask(OriginContract.LIST_PACKS.at(originId), new OriginContract.ListPacks(incarnation))
        .<@Nullable Map<String, Pack>>map(answer -> {
          var there = new HashMap<String, Pack>();
          answer.packs().forEach(pack -> there.put(pack.name(), pack));
          return there;
        })
        .otherwise(cause -> {
          LOG.atWarn()
              .addKeyValue("task", errand.scanId())
              .addKeyValue("code", Failure.from(cause).code())
              .log("packs unknown origin={}: {}", originId, Failure.from(cause).text());
          return null;
        });
  }

  private Future<Void> compare(@Nullable Map<String, Pack> there) {
    Future<Void> done = Future.succeededFuture();
    for (var sum : sums) {
      if (there == null) {
        count(sum, sum.records());
      } else if (isSound(sum, there.get(sum.pack()))) {
        sound.add(sum.pack());
        count(sum, 0);
      } else {
        done = done.compose(_ -> lookInto(sum));
      }
    }
    return done;
  }

  private boolean isSound(PackSum sum, @Nullable Pack pack) {
    var origin = origins.get(originId);
    return pack != null
        && pack.sizeBytes() >= sum.endBytes()
        && origin != null
        && sum.incarnation() != null
        && sum.incarnation().equals(origin.incarnation());
  }

  private void count(PackSum sum, long unreachable) {
    compared++;
    var away = unreachable == 0 ? List.<String>of() : List.of(originId);
    figures = figures.plus(new Figures(sum.objects(), sum.bytes(), 0, 0, unreachable, away));
  }

  private Future<Void> lookInto(PackSum sum) {
    if (cancelled) {
      return Errand.calledOff();
    }
    var walk = new PackPages(errand, new Extent.Pack(originId, sum.pack()), origins, null);
    pages = walk;
    return walk.run()
        .map(outcome -> {
          compared++;
          figures = figures.plus(outcome.figures());
          if (walk.isCovered()) {
            sound.add(sum.pack());
          }
          return null;
        });
  }

  private Future<Void> noteCoverage(int from) {
    if (!whole || from >= sound.size()) {
      return Future.succeededFuture();
    }
    int to = Math.min(sound.size(), from + NOTES_MAX);
    var note =
        new NotePacksVerified(
            originId, sound.subList(from, to), errand.plan().depthWord(), errand.began());
    return errand
        .world()
        .bus()
        .ask(CatalogPackContract.NOTE_PACKS_VERIFIED, note)
        .compose(_ -> noteCoverage(to));
  }

  @Override
  public void cancel() {
    cancelled = true;
    if (pages != null) {
      pages.cancel();
    }
  }

  @Override
  public double fraction() {
    return sums.isEmpty() ? 0 : (double) compared / sums.size();
  }

  @Override
  public long shareBytesPerSecond() {
    return errand.shareBytesPerSecond();
  }
}
