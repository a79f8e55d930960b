package io.kintsugi.origin;

import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.CountUsage;
import io.kintsugi.contract.CatalogRegistryContract.Drain;
import io.kintsugi.contract.CatalogRegistryContract.Drains;
import io.kintsugi.contract.CatalogRegistryContract.ListDrains;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.CountWork;
import io.kintsugi.contract.RegistryContract.DrainView;
import io.kintsugi.contract.RegistryContract.ListViews;
import io.kintsugi.contract.RegistryContract.OriginView;
import io.kintsugi.contract.RegistryContract.OriginViews;
import io.kintsugi.contract.RegistryContract.RebalanceView;
import io.kintsugi.contract.RegistryContract.Usage;
import io.kintsugi.contract.RegistryContract.Work;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is told of origins: what was said of them, how they are, what they did and what lies there.
final class Views {
  private static final Logger LOG = LoggerFactory.getLogger(Views.class);
  private static final Duration COUNT_AGAIN = Duration.ofSeconds(30);

  /// What was counted just now is not counted again for who asks next.
  private static final Duration FRESH = Duration.ofSeconds(1);

  /// Counting takes long where much lies; so many times longer it is left alone.
  private static final int PAUSE_PER_COUNT = 20;

  private static final long WORK_TIMEOUT_MILLIS = 2_000;

  private final World world;
  private final Registry registry;
  private final Runnable news;
  private Instant countFrom = Instant.MIN;
  private @Nullable Future<Void> counting;

  Views(World world, Registry registry, Runnable news) {
    this.world = world;
    this.registry = registry;
    this.news = news;
  }

  /// Counts what lies on each origin, now and again and again.
  void start() {
    world.bus().answer(RegistryContract.LIST_VIEWS, this::list);
    world.every(COUNT_AGAIN, this::count);
    count();
  }

  private Future<Void> count() {
    var running = counting;
    var now = world.clock().instant();
    if (running != null || now.isBefore(countFrom)) {
      return running == null ? Future.succeededFuture() : running;
    }
    long began = world.nanos();
    var counted =
        world
            .bus()
            .ask(CatalogRegistryContract.COUNT_USAGE, new CountUsage())
            .<Void>map(usages -> {
              var usage = new HashMap<String, Usage>();
              usages.origins().forEach(one -> usage.put(one.originId(), one.usage()));
              registry
                  .entries()
                  .forEach(
                      entry -> entry.use(usage.getOrDefault(entry.definition().id(), Usage.NONE)));
              var pause = Duration.ofNanos((world.nanos() - began) * PAUSE_PER_COUNT);
              countFrom = world.clock().instant().plus(pause.compareTo(FRESH) > 0 ? pause : FRESH);
              news.run();
              return null;
            })
            .onComplete(_ -> counting = null)
            .recover(cause -> {
              LOG.debug("usage not counted: {}", Failure.from(cause).text());
              return Future.succeededFuture();
            });
    counting = counted.isComplete() ? null : counted;
    return counted;
  }

  private Future<OriginViews> list(ListViews question) {
    return all().map(OriginViews::new);
  }

  Future<Drains> drains() {
    return world.bus().ask(CatalogRegistryContract.LIST_DRAINS, new ListDrains(true));
  }

  Future<List<OriginView>> all() {
    var drains = drains();
    var works = new ArrayList<Future<Work>>();
    var entries = List.copyOf(registry.entries());
    entries.forEach(entry -> works.add(work(entry)));
    return Future.all(count(), drains, Future.join(works))
        .map(_ -> {
          var found = new ArrayList<OriginView>();
          for (int i = 0; i < entries.size(); i++) {
            found.add(view(entries.get(i), works.get(i).result(), drains.result()));
          }
          return found;
        });
  }

  /// Without origins for plain files, which are no part of the pool.
  Future<List<OriginView>> ofShards() {
    return all()
        .map(views -> views.stream().filter(view -> !view.definition().holdsFiles()).toList());
  }

  Future<OriginView> of(String id) {
    var entry = registry.require(id);
    var drains = drains();
    var work = work(entry);
    return Future.all(count(), drains, work).map(_ -> view(entry, work.result(), drains.result()));
  }

  private Future<Work> work(Entry entry) {
    return entry.isServed()
        ? world
            .bus()
            .ask(
                RegistryContract.COUNT_WORK.at(entry.definition().id()),
                new CountWork(),
                WORK_TIMEOUT_MILLIS)
            .otherwise(Work.NONE)
        : Future.succeededFuture(Work.NONE);
  }

  private static OriginView view(Entry entry, Work work, Drains drains) {
    var definition = entry.definition();
    var running = RegistryDesk.find(drains, definition.id());
    return new OriginView(
        definition,
        entry.told(),
        entry.source(),
        List.copyOf(new TreeSet<>(entry.secrets().values().keySet())),
        work,
        entry.usage(),
        running == null ? null : drain(definition.id(), running));
  }

  static DrainView drain(String id, @Nullable Drain drain) {
    if (drain == null) {
      return new DrainView(id, "none", null, 0, 0, 0, 0);
    }
    boolean empty = drain.segmentsLeft() == 0;
    return new DrainView(
        id,
        empty ? "drained" : drain.state(),
        drain.began(),
        drain.segmentsLeft(),
        drain.bytesLeft(),
        drain.movedSegments(),
        drain.movedBytes());
  }

  @Nullable RebalanceView rebalance(Drains drains) {
    var found = RegistryDesk.find(drains, CatalogRegistryContract.REBALANCE);
    if (found == null) {
      return null;
    }
    Map<String, Double> fill = new HashMap<>();
    for (var entry : registry.entries()) {
      if (entry.definition().holdsFiles()) {
        continue;
      }
      fill.put(entry.definition().id(), fill(entry.told(), entry.usage()));
    }
    return new RebalanceView(
        found.state(),
        found.towards(),
        found.began(),
        found.movedSegments(),
        found.movedBytes(),
        fill);
  }

  private static double fill(OriginState origin, Usage usage) {
    double size = (double) usage.usedBytes() + origin.freeBytes();
    return size == 0 ? 0 : usage.liveBytes() / size;
  }
}
