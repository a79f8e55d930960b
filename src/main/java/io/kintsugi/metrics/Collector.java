package io.kintsugi.metrics;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.GetStanding;
import io.kintsugi.contract.CatalogContract.Standing;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.GetQueue;
import io.kintsugi.contract.CatalogHealContract.Queue;
import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.CollectContract.Collection;
import io.kintsugi.contract.CollectContract.GetCollection;
import io.kintsugi.contract.CollectContract.OriginCollection;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.GetHealing;
import io.kintsugi.contract.HealContract.Healing;
import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.Usage;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.IssueFound;
import io.kintsugi.contract.ScanContract.ListScans;
import io.kintsugi.contract.ScanContract.ScanEnded;
import io.kintsugi.contract.ScanContract.ScanList;
import io.kintsugi.contract.Severity;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds the figures as they are now: told by events, or asked for now and then.
final class Collector {
  private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
  private static final int SCANS_MAX = 100;
  private static final long PATIENCE_MILLIS = 10_000;

  /// A question whose answer takes long is asked seldom: it rests this many times as long.
  private static final int REST_FACTOR = 20;

  /// A node starts its parts one after another: whoever is not there at once is asked again soon,
  /// and complained of only then.
  private static final Duration RETRY = Duration.ofSeconds(1);

  private static final int PATIENCE_FAILURES = 3;

  private static final Duration SOON = Duration.ofMillis(200);

  private final World world;
  private final Duration period;
  private final double[] now = new double[Figure.values().length];
  private final UsageCounts usage = new UsageCounts();
  private final Map<String, OriginState> origins = new TreeMap<>();
  private final TreeMap<String, Integer> failures = new TreeMap<>();
  private boolean lookingSoon;

  Collector(World world, Duration period) {
    this.world = world;
    this.period = period;
    set(Figure.HEAL_SUCCESS_RATE, 1);
  }

  void start() {
    var bus = world.bus();
    bus.listen(MetricsContract.USAGE, this::counted);
    bus.listen(ScanContract.ISSUE_FOUND, this::found);
    bus.listen(ScanContract.SCAN_ENDED, this::ended);
    bus.listen(HealContract.HEAL_ENDED, _ -> queueMoved());
    bus.listen(OriginContract.ORIGIN_CHANGED, this::changed);
    poll("standing", CatalogContract.GET_STANDING, new GetStanding(), this::stands);
    poll("queue", CatalogHealContract.GET_QUEUE, new GetQueue(), this::queued);
    poll("healing", HealContract.GET_HEALING, new GetHealing(), this::heals);
    poll("origins", OriginContract.LIST_ORIGINS, new ListOrigins(), this::lists);
    poll("collection", CollectContract.GET_COLLECTION, new GetCollection(), this::collects);
    poll("scans", ScanContract.LIST_SCANS, new ListScans("Scanning", null, SCANS_MAX), this::scans);
  }

  private <Q extends Record, A extends Record> void poll(
      String name, Call<Q, A> call, Q question, Consumer<A> listener) {
    long begun = world.nanos();
    world
        .bus()
        .ask(call, question, PATIENCE_MILLIS)
        .onSuccess(answer -> {
          listener.accept(answer);
          if (failures.getOrDefault(name, 0) >= PATIENCE_FAILURES) {
            LOG.info("figures of {} come again", name);
          }
          failures.remove(name);
        })
        .onFailure(cause -> {
          if (failures.merge(name, 1, Integer::sum) == PATIENCE_FAILURES) {
            LOG.info("no figures of {}: {}", name, cause.getMessage());
          }
        })
        .onComplete(asked ->
            world.after(
                asked.succeeded() ? rest(world.nanos() - begun) : retry(),
                () -> poll(name, call, question, listener)));
  }

  private Duration rest(long tookNanos) {
    return Duration.ofNanos(Math.max(period.toNanos(), tookNanos * REST_FACTOR));
  }

  private Duration retry() {
    return period.compareTo(RETRY) < 0 ? period : RETRY;
  }

  /// A heal that ended moved the queue: one look soon after, however many ended.
  private void queueMoved() {
    if (lookingSoon) {
      return;
    }
    lookingSoon = true;
    world.after(
        SOON,
        () -> {
          lookingSoon = false;
          world
              .bus()
              .ask(CatalogHealContract.GET_QUEUE, new GetQueue(), PATIENCE_MILLIS)
              .onSuccess(this::queued)
              .onFailure(cause -> LOG.debug("queue={}", cause.getMessage()));
        });
  }

  private void counted(Usage event) {
    usage.add(event);
  }

  private void found(IssueFound event) {
    var figure = BY_SEVERITY.get(event.issue().severity());
    if (figure != null) {
      set(figure, get(figure) + 1);
    }
  }

  private static final Map<Severity, Figure> BY_SEVERITY =
      new EnumMap<>(
          Map.of(
              Severity.CRITICAL, Figure.ISSUES_CRITICAL,
              Severity.HIGH, Figure.ISSUES_HIGH,
              Severity.MEDIUM, Figure.ISSUES_MEDIUM,
              Severity.LOW, Figure.ISSUES_LOW));

  private void ended(ScanEnded event) {
    if (event.status().equals("Completed")) {
      set(Figure.SCANS_COMPLETED, get(Figure.SCANS_COMPLETED) + 1);
    }
  }

  private void changed(OriginState origin) {
    origins.put(origin.id(), origin);
    sumOrigins();
  }

  private void lists(OriginContract.Origins all) {
    origins.clear();
    all.origins().forEach(origin -> origins.put(origin.id(), origin));
    sumOrigins();
  }

  private void sumOrigins() {
    var all = origins.values();
    set(Figure.ORIGINS, all.size());
    set(Figure.ORIGINS_HEALTHY, all.stream().filter(Collector::isHealthy).count());
    set(Figure.ORIGIN_BYTES, all.stream().mapToLong(OriginState::totalBytes).sum());
    set(Figure.ORIGIN_FREE_BYTES, all.stream().mapToLong(OriginState::freeBytes).sum());
  }

  private static boolean isHealthy(OriginState origin) {
    return origin.health().equals("healthy") && origin.marker().equals("ours");
  }

  private void stands(Standing standing) {
    set(Figure.OBJECTS, standing.objects());
    set(Figure.BYTES, standing.bytes());
    set(Figure.BUCKETS, standing.buckets().size());
    long lost = 0;
    long bare = 0;
    for (var bucket : standing.buckets()) {
      for (var entry : bucket.objectsBySpare().entrySet()) {
        if (entry.getKey().startsWith("-")) {
          lost += entry.getValue();
        } else if (entry.getKey().equals("0")) {
          bare += entry.getValue();
        }
      }
    }
    set(Figure.OBJECTS_LOST, lost);
    set(Figure.OBJECTS_BARE, bare);
  }

  private void queued(Queue queue) {
    set(Figure.HEALS_DUE, queue.due());
    set(Figure.HEALS_WAITING, queue.waiting());
    set(Figure.HEALS_RUNNING, queue.running());
    set(Figure.HEALS_UNRECOVERABLE, queue.unrecoverable());
    set(Figure.HEALS_COMPLETED, queue.completed());
    set(Figure.HEALS_FAILED, queue.failed());
    long tried = queue.completed() + queue.failed();
    set(Figure.HEAL_SUCCESS_RATE, tried == 0 ? 1 : queue.completed() / (double) tried);
  }

  private void heals(Healing healing) {
    set(Figure.SHARDS_REPAIRED, healing.shardsRepaired());
    set(Figure.BYTES_REPAIRED, healing.bytesRepaired());
  }

  private void collects(Collection collection) {
    var origins = collection.origins();
    set(Figure.COLLECTED_BYTES, origins.stream().mapToLong(OriginCollection::collectedBytes).sum());
    set(Figure.ORPHANS, origins.stream().mapToLong(OriginCollection::orphans).sum());
    set(
        Figure.QUARANTINE_BYTES,
        origins.stream().mapToLong(OriginCollection::quarantinedBytes).sum());
  }

  private void scans(ScanList list) {
    set(Figure.SCANS_RUNNING, list.scans().size());
    set(
        Figure.SCAN_RATE,
        list.scans().stream().mapToDouble(scan -> scan.progress().scanRateOps()).sum());
    set(
        Figure.SCAN_BYTES_RATE,
        list.scans().stream().mapToDouble(scan -> scan.progress().scanRateBps()).sum());
  }

  private void set(Figure figure, long value) {
    set(figure, (double) value);
  }

  private void set(Figure figure, double value) {
    now[figure.slot()] = value;
  }

  double get(Figure figure) {
    return now[figure.slot()];
  }

  double[] sample() {
    return now.clone();
  }

  /// What did not answer the last times it was asked.
  List<String> silent() {
    return failures.entrySet().stream()
        .filter(entry -> entry.getValue() >= PATIENCE_FAILURES)
        .map(Map.Entry::getKey)
        .toList();
  }

  /// Everything but the figures of the process.
  Exposition write() {
    var text = new Exposition();
    for (var figure : Figure.values()) {
      text.family(Figure.PREFIX + figure.metric(), figure.kind().label(), figure.help())
          .sample(figure.labels(), get(figure));
    }
    OriginText.write(text, origins.values());
    usage.write(text);
    return text;
  }
}
