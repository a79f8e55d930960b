package io.kintsugi.origin;

import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.Drain;
import io.kintsugi.contract.CatalogRegistryContract.Drains;
import io.kintsugi.contract.CatalogRegistryContract.DropOrigin;
import io.kintsugi.contract.CatalogRegistryContract.ListDrains;
import io.kintsugi.contract.CatalogRegistryContract.SaveDefinition;
import io.kintsugi.contract.CatalogRegistryContract.SaveDrain;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.ChangeOrigin;
import io.kintsugi.contract.RegistryContract.CreateOrigin;
import io.kintsugi.contract.RegistryContract.DrainOrigin;
import io.kintsugi.contract.RegistryContract.DrainView;
import io.kintsugi.contract.RegistryContract.OriginRemoved;
import io.kintsugi.contract.RegistryContract.OriginView;
import io.kintsugi.contract.RegistryContract.Rebalance;
import io.kintsugi.contract.RegistryContract.RebalanceView;
import io.kintsugi.contract.RegistryContract.RemoveOrigin;
import io.kintsugi.contract.Secrets;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes origins in, changes them, empties them and lets them go, as operators wish.
final class RegistryDesk {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryDesk.class);
  private static final String RUNNING = "running";

  private final World world;
  private final Registry registry;
  private final Trial trial;
  private final Views views;

  RegistryDesk(World world, Registry registry, Trial trial, Views views) {
    this.world = world;
    this.registry = registry;
    this.trial = trial;
    this.views = views;
  }

  void open() {
    var bus = world.bus();
    bus.answer(RegistryContract.CREATE_ORIGIN, this::create);
    bus.answer(RegistryContract.CHANGE_ORIGIN, this::change);
    bus.answer(RegistryContract.REMOVE_ORIGIN, this::remove);
    bus.answer(RegistryContract.DRAIN_ORIGIN, this::drain);
    bus.answer(RegistryContract.REBALANCE, this::rebalance);
  }

  private static Failure conflict(String message, String hint) {
    return new Failure(FailureCode.CONFLICT, message, Map.of("what", "origin", "hint", hint));
  }

  /// Tried, then written down, then served: if the process dies in between, the next one finds the
  /// definition and goes on.
  private Future<OriginView> create(CreateOrigin wish) {
    var definition = Kinds.normal(wish.definition());
    requireSecrets(definition, wish.secrets());
    var id = definition.id();
    if (registry.has(id)) {
      throw conflict("there is an origin " + id + " already", "choose another id");
    }
    requireFree(definition);
    return registry.alone(
        id,
        () ->
            registry
                .open(definition, wish.secrets())
                .compose(driver ->
                    trial
                        .of(definition, driver)
                        .compose(_ -> save(definition, wish.secrets(), 0))
                        .onFailure(_ -> abandon(driver))
                        .compose(version -> {
                          var entry = new Entry(definition, version);
                          registry.add(entry);
                          LOG.info("origin={} taken in at={}", id, Kinds.place(definition));
                          return entry
                              .define(definition, wish.secrets(), version)
                              .compose(_ -> registry.serve(entry, driver))
                              .onFailure(cause -> entry.refused(Failure.from(cause).text()));
                        }))
                .compose(_ -> views.of(id)));
  }

  private void abandon(Driver driver) {
    world
        .compute(() -> {
          driver.close();
          return true;
        })
        .onFailure(cause ->
            LOG.debug(
                "driver not closed: {}",
                cause instanceof DriverException e ? e.fault().text() : cause.toString()));
  }

  private void requireFree(OriginDefinition definition) {
    var neighbour = registry.neighbour(definition);
    if (neighbour != null) {
      throw conflict(
          "origin %s is at %s already".formatted(neighbour, Kinds.place(definition)),
          "give each origin a place of its own");
    }
  }

  private static void requireSecrets(OriginDefinition definition, Secrets secrets) {
    var known = io.kintsugi.contract.OriginKind.of(definition.kind()).orElseThrow().secrets();
    for (var name : secrets.values().keySet()) {
      if (!known.contains(name)) {
        throw Failure.of(
            FailureCode.INVALID_REQUEST,
            "'" + name + "' is no credential of kind " + definition.kind() + "; known: " + known,
            "field",
            "credentials." + name);
      }
    }
  }

  private Future<Long> save(OriginDefinition definition, Secrets secrets, long replaces) {
    return world
        .bus()
        .ask(
            CatalogRegistryContract.SAVE_DEFINITION,
            new SaveDefinition(
                definition, registry.wrapping().close(definition.id(), secrets), replaces))
        .map(row -> row.version());
  }

  private Future<OriginView> change(ChangeOrigin wish) {
    var id = wish.originId();
    var entry = registry.require(id);
    var definition = Kinds.normal(Definitions.changed(entry.definition(), wish.change()));
    var secrets = Definitions.changed(entry.secrets(), wish.change().secrets());
    requireSecrets(definition, secrets);
    requireFree(definition);
    boolean moves =
        Definitions.movesPlace(entry.definition(), definition)
            || !secrets.equals(entry.secrets())
            || (definition.enabled() && !entry.isServed());
    return registry
        .alone(
            id,
            () ->
                moves && definition.enabled()
                    ? move(entry, definition, secrets)
                    : save(definition, secrets, entry.version())
                        .compose(version -> entry.define(definition, secrets, version))
                        .compose(_ ->
                            definition.enabled()
                                ? Future.succeededFuture()
                                : registry.release(entry)))
        .compose(_ -> {
          LOG.info("origin={} changed", id);
          return registry.reload();
        })
        .compose(_ -> views.of(id));
  }

  private Future<Void> move(Entry entry, OriginDefinition definition, Secrets secrets) {
    return registry
        .open(definition, secrets)
        .compose(driver ->
            trial
                .of(definition, driver)
                .compose(_ -> save(definition, secrets, entry.version()))
                .onFailure(_ -> abandon(driver))
                .compose(version ->
                    registry
                        .release(entry)
                        .compose(_ -> entry.define(definition, secrets, version))
                        .compose(_ -> registry.serve(entry, driver))));
  }

  /// What may still be written to is not empty for good: it is drained first.
  private Future<OriginRemoved> remove(RemoveOrigin wish) {
    var id = wish.originId();
    var entry = registry.require(id);
    if (entry.definition().holdsFiles() && registry.isConfigured(id)) {
      throw conflict(
          "origin " + id + " stands in the configuration file",
          "take it out there and start again, or switch it off with enabled=false");
    }
    boolean enrolled = entry.told().incarnation() != null;
    if (enrolled && !entry.isDraining() && !wish.force()) {
      return views
          .of(id)
          .compose(view ->
              Future.failedFuture(
                  new Failure(
                      FailureCode.CONFLICT,
                      "origin %s is in use, %d segments have a shard there"
                          .formatted(id, view.usage().segments()),
                      Map.of(
                          "what",
                          "origin",
                          "segments",
                          Long.toString(view.usage().segments()),
                          "hint",
                          "drain it first, or say force=true if what lies there is lost"))));
    }
    return registry.alone(
        id,
        () ->
            world
                .bus()
                .ask(CatalogRegistryContract.DROP_ORIGIN, new DropOrigin(id, wish.force()))
                .compose(dropped -> {
                  LOG.warn("origin={} removed segments={}", id, dropped.segments());
                  return registry.forget(id).map(new OriginRemoved(id, dropped.segments()));
                }));
  }

  private Future<DrainView> drain(DrainOrigin wish) {
    var id = wish.originId();
    var entry = registry.require(id);
    requireShards(entry);
    return views
        .drains()
        .compose(now -> {
          var running = find(now, id);
          boolean cancel = wish.action().equals("cancel");
          var state = state(wish, running);
          return world
              .bus()
              .ask(
                  CatalogRegistryContract.SAVE_DRAIN,
                  new SaveDrain(id, cancel ? null : state, null));
        })
        .compose(_ -> {
          entry.drain(!wish.action().equals("cancel"));
          LOG.info("origin={} drain={}", id, wish.action());
          return registry.reload();
        })
        .compose(_ -> views.drains())
        .map(drains -> Views.drain(id, find(drains, id)));
  }

  private static void requireShards(Entry entry) {
    if (entry.definition().holdsFiles()) {
      throw conflict(
          "origin " + entry.definition().id() + " holds no shards, but plain files",
          "there is nothing to move");
    }
  }

  private static String state(DrainOrigin wish, @Nullable Drain running) {
    return switch (wish.action()) {
      case "start" -> RUNNING;
      case "pause", "resume", "cancel" -> {
        if (running == null) {
          throw conflict("origin " + wish.originId() + " is not being drained", "start a drain");
        }
        yield wish.action().equals("resume") ? RUNNING : "paused";
      }
      default ->
          throw Failure.of(
              FailureCode.INVALID_REQUEST,
              "action must be start, pause, resume or cancel, not '" + wish.action() + "'",
              "field",
              "action");
    };
  }

  static @Nullable Drain find(Drains drains, String id) {
    return drains.drains().stream()
        .filter(drain -> drain.originId().equals(id))
        .findFirst()
        .orElse(null);
  }

  private Future<RebalanceView> rebalance(Rebalance wish) {
    if (wish.originId() != null) {
      requireShards(registry.require(wish.originId()));
    }
    boolean start = wish.action().equals("start");
    if (!start && !wish.action().equals("cancel")) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST,
          "action must be start or cancel, not '" + wish.action() + "'",
          "field",
          "action");
    }
    return world
        .bus()
        .ask(
            CatalogRegistryContract.SAVE_DRAIN,
            new SaveDrain(
                CatalogRegistryContract.REBALANCE, start ? RUNNING : null, wish.originId()))
        .compose(_ -> world.bus().ask(CatalogRegistryContract.LIST_DRAINS, new ListDrains(false)))
        .map(drains ->
            Objects.requireNonNullElseGet(
                views.rebalance(drains),
                () -> new RebalanceView("none", null, null, 0, 0, new HashMap<>())));
  }
}
