package io.kintsugi.origin;

import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.ListOriginRows;
import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.DefinitionRow;
import io.kintsugi.contract.CatalogRegistryContract.Drain;
import io.kintsugi.contract.CatalogRegistryContract.ListDefinitions;
import io.kintsugi.contract.CatalogRegistryContract.ListDrains;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.Secrets;
import io.kintsugi.driver.Driver;
import io.kintsugi.format.KeyRing;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The origins that this node serves: those of its configuration and those that were defined at run
/// time, which goes before it. Serves what is new and lets go of what is gone.
final class Registry {
  private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

  /// Makes the host of one origin; the listener hears of each change of it.
  interface Hosting {
    Host host(OriginConfig.Member member, Driver driver, BiConsumer<String, OriginState> ear);
  }

  private final World world;
  private final Vertx vertx;
  private final JsonObject config;
  private final Kinds kinds;
  private final Wrapping wrapping;
  private final Hosting hosting;
  private final Runnable news;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Set<String> busy = new HashSet<>();
  private @Nullable Duration interval;

  /// @param news called whenever the state of an origin may have changed
  Registry(
      World world,
      Vertx vertx,
      JsonObject config,
      Kinds kinds,
      KeyRing keys,
      Hosting hosting,
      Runnable news) {
    this.world = world;
    this.vertx = vertx;
    this.config = config;
    this.kinds = kinds;
    this.wrapping = new Wrapping(keys);
    this.hosting = hosting;
    this.news = news;
  }

  Collection<Entry> entries() {
    return entries.values();
  }

  /// Of origins that hold shards.
  Map<String, OriginDefinition> definitions() {
    return entries.values().stream()
        .filter(entry -> !entry.definition().holdsFiles())
        .collect(Collectors.toMap(e -> e.definition().id(), Entry::definition));
  }

  /// Of origins that hold shards: nobody who places, scans or collects hears of others.
  List<OriginState> states() {
    return states(false);
  }

  /// Of origins that hold plain files.
  List<OriginState> fileStates() {
    return states(true);
  }

  private List<OriginState> states(boolean files) {
    return entries.values().stream()
        .filter(entry -> entry.definition().holdsFiles() == files)
        .map(Entry::told)
        .toList();
  }

  Entry require(String id) {
    var entry = entries.get(id);
    if (entry == null) {
      throw Failure.of(FailureCode.NOT_FOUND, "there is no origin " + id, "what", "origin");
    }
    return entry;
  }

  boolean has(String id) {
    return entries.containsKey(id);
  }

  Wrapping wrapping() {
    return wrapping;
  }

  Future<Driver> open(OriginDefinition definition, Secrets secrets) {
    return vertx
        .executeBlocking(() -> Optional.of(kinds.open(definition, secrets)), false)
        .map(opened -> Objects.requireNonNull(opened).orElseThrow());
  }

  /// Serves all that are known. A file's origin that cannot be served stops the start; one of run
  /// time, which nobody could mend then, does not.
  Future<Void> start(List<OriginDefinition> ofFile) {
    return known()
        .compose(known -> {
          for (var definition : ofFile) {
            if (known.removed().contains(definition.id())) {
              LOG.warn(
                  "origin={} stands in the configuration, but was removed; it is not used",
                  definition.id());
            } else {
              entries.put(definition.id(), new Entry(definition, 0));
            }
          }
          known.rows().forEach(this::learn);
          known.drains().forEach(this::learn);
          return Future.all(entries.values().stream().map(this::begin).toList()).mapEmpty();
        });
  }

  private Future<?> begin(Entry entry) {
    return entry.version() == 0 ? serve(entry) : serve(entry).otherwise(cause -> null);
  }

  private record Known(Set<String> removed, List<DefinitionRow> rows, List<Drain> drains) {}

  private Future<Known> known() {
    var bus = world.bus();
    var rows = bus.ask(CatalogOriginContract.LIST_ORIGIN_ROWS, new ListOriginRows());
    var definitions = bus.ask(CatalogRegistryContract.LIST_DEFINITIONS, new ListDefinitions());
    var drains = bus.ask(CatalogRegistryContract.LIST_DRAINS, new ListDrains(false));
    return Future.all(rows, definitions, drains)
        .map(_ ->
            new Known(
                rows.result().rows().stream()
                    .filter(row -> row.state().equals(Marking.REMOVED))
                    .map(row -> row.originId())
                    .collect(Collectors.toSet()),
                definitions.result().rows(),
                drains.result().drains()));
  }

  /// What was said at run time goes before what the configuration says.
  private Future<Void> learn(DefinitionRow row) {
    var definition = row.definition();
    var old = entries.get(definition.id());
    if (old == null) {
      old = new Entry(definition, row.version());
      entries.put(definition.id(), old);
    } else if (old.version() == 0) {
      var differing = Definitions.differences(old.definition(), definition);
      if (!differing.isEmpty()) {
        LOG.warn(
            "origin={} was changed at run time, the configuration says otherwise of {}",
            definition.id(),
            differing);
      }
    }
    var secrets = wrapping.open(definition.id(), row.wrappedSecrets());
    return old.define(definition, secrets, row.version());
  }

  private void learn(Drain drain) {
    var entry = entries.get(drain.originId());
    if (entry != null) {
      entry.drain(true);
    }
  }

  /// Takes note of what others, or a rebuild, have made of the catalog meanwhile.
  Future<Void> reload() {
    return known()
        .compose(known -> {
          var changed = new HashMap<String, Boolean>();
          var work = new ArrayList<Future<Void>>();
          for (var row : known.rows()) {
            var id = row.definition().id();
            var old = entries.get(id);
            if (!busy.contains(id) && (old == null || old.version() != row.version())) {
              boolean moves =
                  old == null || Definitions.movesPlace(old.definition(), row.definition());
              work.add(learn(row));
              changed.put(id, moves);
            }
          }
          var leaving = known.drains().stream().map(Drain::originId).collect(Collectors.toSet());
          entries.values().stream()
              .filter(entry -> !busy.contains(entry.definition().id()))
              .forEach(entry -> entry.drain(leaving.contains(entry.definition().id())));
          var gone =
              entries.values().stream()
                  .filter(entry -> isGone(entry, known))
                  .map(entry -> entry.definition().id())
                  .filter(id -> !busy.contains(id))
                  .toList();
          gone.stream().map(this::forget).forEach(work::add);
          changed.forEach((id, moves) -> {
            if (moves) {
              work.add(serveAnew(require(id)).otherwise(cause -> null));
            }
          });
          return Future.all(work).<Void>mapEmpty();
        })
        .onSuccess(_ -> news.run());
  }

  /// One of plain files bears no marker by which its id could be met again, so it leaves no row.
  private static boolean isGone(Entry entry, Known known) {
    var definition = entry.definition();
    return known.removed().contains(definition.id())
        || (definition.holdsFiles()
            && known.rows().stream()
                .noneMatch(row -> row.definition().id().equals(definition.id())));
  }

  /// Serves an origin, if it is switched on.
  Future<Void> serve(Entry entry) {
    var definition = entry.definition();
    if (!definition.enabled()) {
      return Future.succeededFuture();
    }
    return open(definition, entry.secrets())
        .compose(driver -> serve(entry, driver))
        .onFailure(cause -> {
          var failure = Failure.from(cause);
          LOG.error("origin={} cannot be served: {}", definition.id(), failure.text());
          entry.refused(failure.text());
        });
  }

  /// Serves an origin by a driver that was opened for it.
  Future<Void> serve(Entry entry, Driver driver) {
    var definition = entry.definition();
    var member = new OriginConfig.Member(definition);
    var host =
        hosting.host(
            member,
            driver,
            (id, state) -> {
              var now = entries.get(id);
              if (now != null) {
                now.heard(state);
                news.run();
              }
            });
    return vertx
        .deployVerticle(host, new DeploymentOptions().setConfig(config))
        .onSuccess(deployed -> {
          entry.served(host, deployed);
          if (interval != null) {
            entry.probeEvery(interval);
          }
        })
        .mapEmpty();
  }

  /// From now on all origins are probed so often, those that come later too.
  void probeEvery(Duration said) {
    interval = said;
    entries.values().forEach(entry -> entry.probeEvery(said));
  }

  private Future<Void> serveAnew(Entry entry) {
    return release(entry).compose(_ -> serve(entry));
  }

  /// Lets go of an origin: its threads, timers, watches and open files.
  Future<Void> release(Entry entry) {
    var deployed = entry.deployment();
    if (deployed == null) {
      return Future.succeededFuture();
    }
    entry.unserved();
    return vertx.undeploy(deployed);
  }

  void add(Entry entry) {
    entries.put(entry.definition().id(), entry);
  }

  Future<Void> forget(String id) {
    var entry = entries.remove(id);
    news.run();
    return entry == null ? Future.succeededFuture() : release(entry);
  }

  /// One change of an origin at a time.
  <T> Future<T> alone(String id, java.util.function.Supplier<Future<T>> work) {
    if (!busy.add(id)) {
      return Future.failedFuture(
          Failure.of(
              FailureCode.CONFLICT,
              "origin " + id + " is being changed by somebody else just now",
              "what",
              "origin"));
    }
    Future<T> done;
    try {
      done = work.get();
    } catch (RuntimeException e) {
      done = Future.failedFuture(e);
    }
    return done.onComplete(_ -> busy.remove(id));
  }

  /// The origin that is in the same place as this one would be, or in whose way it would be.
  @Nullable String neighbour(OriginDefinition definition) {
    return entries.values().stream()
        .map(Entry::definition)
        .filter(other -> !other.id().equals(definition.id()) && Kinds.collide(other, definition))
        .map(OriginDefinition::id)
        .findFirst()
        .orElse(null);
  }
}
