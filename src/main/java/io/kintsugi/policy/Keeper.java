package io.kintsugi.policy;

import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.RemapPriorities;
import io.kintsugi.contract.CatalogJournalContract.GuardState;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.GetCluster;
import io.kintsugi.contract.CatalogPolicyContract;
import io.kintsugi.contract.CatalogPolicyContract.ListPolicyRows;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRows;
import io.kintsugi.contract.CatalogPolicyContract.SavePolicyRow;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.ChangeHealPolicy;
import io.kintsugi.contract.PolicyContract.ChangeScanPolicy;
import io.kintsugi.contract.PolicyContract.GetPolicies;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.PolicyContract.StartSystem;
import io.kintsugi.contract.PolicyContract.StopSystem;
import io.kintsugi.contract.PolicyContract.SystemState;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds the policies, changes them one change at a time, and tells everybody.
final class Keeper {
  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);

  private final World world;
  private @Nullable Policies policies;
  private Future<?> last = Future.succeededFuture();

  Keeper(World world) {
    this.world = world;
  }

  /// Reads what the catalog has; what it lacks gets its default and is saved.
  Future<Void> load() {
    var bus = world.bus();
    return bus.ask(CatalogOriginContract.GET_CLUSTER, new GetCluster())
        .compose(cluster ->
            bus.ask(CatalogPolicyContract.LIST_POLICY_ROWS, new ListPolicyRows())
                .compose(rows -> adopt("ahm-" + cluster.clusterId().substring(0, 8), rows)))
        .compose(_ -> remap())
        .recover(Keeper::unlessHeld);
  }

  private Future<Void> adopt(String systemId, PolicyRows rows) {
    var defaults = Rules.defaults(systemId, world.clock().instant());
    var byName = new TreeMap<String, CatalogPolicyContract.PolicyRow>();
    rows.rows().forEach(row -> byName.put(row.name(), row));
    var scan = byName.get("scan");
    var heal = byName.get("heal");
    var system = byName.get("system");
    var adopted =
        new Policies(
            scan == null ? defaults.scan() : Json.decode(scan.json(), ScanPolicy.class),
            heal == null ? defaults.heal() : Json.decode(heal.json(), HealPolicy.class),
            system == null ? defaults.system() : Json.decode(system.json(), SystemState.class));
    policies = adopted;
    return (scan == null ? save("scan", adopted.scan(), 0) : Future.<Void>succeededFuture())
        .compose(_ -> heal == null ? save("heal", adopted.heal(), 0) : Future.succeededFuture())
        .compose(
            _ -> system == null ? save("system", adopted.system(), 0) : Future.succeededFuture());
  }

  /// Reads the catalog again once it is in use: what was assumed while it was not is forgotten.
  void guardMoved(GuardState guard) {
    if (guard.isFree()) {
      load()
          .onSuccess(_ -> publish())
          .onFailure(cause -> LOG.warn("policies not read: {}", Failure.from(cause).text()));
    }
  }

  /// While the catalog is not in use nothing can be saved, and the defaults will do.
  private static Future<Void> unlessHeld(Throwable cause) {
    return "catalog".equals(Failure.from(cause).detail("what"))
        ? Future.succeededFuture()
        : Future.failedFuture(cause);
  }

  private Policies policies() {
    if (policies == null) {
      throw Failure.of(FailureCode.UNAVAILABLE, "the policies are not read yet");
    }
    return policies;
  }

  void publish() {
    world.bus().publish(PolicyContract.POLICIES_CHANGED, policies());
  }

  Future<Policies> get(GetPolicies question) {
    return Future.succeededFuture(policies());
  }

  Future<Policies> changeScan(ChangeScanPolicy change) {
    return inTurn(() -> {
      var old = policies();
      requireVersion("scan", change.ifVersion(), old.scan().version());
      var scan = Rules.change(old.scan(), change);
      refuse(Rules.objections(scan));
      return save("scan", scan, old.scan().version())
          .compose(_ -> become(new Policies(scan, old.heal(), old.system())));
    });
  }

  Future<Policies> changeHeal(ChangeHealPolicy change) {
    return inTurn(() -> {
      var old = policies();
      requireVersion("heal", change.ifVersion(), old.heal().version());
      var heal = Rules.change(old.heal(), change);
      refuse(Rules.objections(heal));
      return save("heal", heal, old.heal().version())
          .compose(_ -> become(new Policies(old.scan(), heal, old.system())))
          .compose(next -> remap().map(next));
    });
  }

  Future<Policies> startSystem(StartSystem start) {
    return inTurn(() -> {
      var old = policies();
      var scan = Rules.start(old.scan(), start);
      var heal = Rules.start(old.heal(), start);
      var system = Rules.start(old.system(), start, world.clock().instant());
      var objections = new java.util.ArrayList<>(Rules.objections(scan));
      objections.addAll(Rules.objections(heal));
      objections.addAll(Rules.objections(system));
      refuse(objections);
      return (scan.equals(old.scan())
              ? Future.<Void>succeededFuture()
              : save("scan", scan, old.scan().version()))
          .compose(_ ->
              heal.equals(old.heal())
                  ? Future.succeededFuture()
                  : save("heal", heal, old.heal().version()))
          .compose(_ -> save("system", system, old.system().version()))
          .compose(_ -> become(new Policies(scan, heal, system)));
    });
  }

  Future<Policies> stopSystem(StopSystem question) {
    return inTurn(() -> {
      var old = policies();
      var system = Rules.stop(old.system());
      return save("system", system, old.system().version())
          .compose(_ -> become(new Policies(old.scan(), old.heal(), system)));
    });
  }

  /// One change after another, so that each sees the one before. After one that failed half-way the
  /// catalog is read again: it is the truth.
  private Future<Policies> inTurn(Supplier<Future<Policies>> change) {
    var mine =
        last.transform(_ -> attempt(change)).recover(cause -> readAgain(Failure.from(cause)));
    last = mine;
    return mine;
  }

  private static Future<Policies> attempt(Supplier<Future<Policies>> change) {
    try {
      return change.get();
    } catch (Failure failure) {
      return Future.failedFuture(failure);
    }
  }

  private Future<Policies> readAgain(Failure failure) {
    return switch (failure.code()) {
      case INVALID_REQUEST, VALIDATION_ERROR, PRECONDITION_FAILED -> Future.failedFuture(failure);
      default -> load().transform(_ -> Future.failedFuture(failure));
    };
  }

  private Future<Policies> become(Policies next) {
    policies = next;
    LOG.info(
        "policies changed scan=v{} heal=v{} system={}",
        next.scan().version(),
        next.heal().version(),
        next.system().status());
    publish();
    return Future.succeededFuture(next);
  }

  private Future<Void> save(String name, Record policy, long replaces) {
    return world
        .bus()
        .ask(
            CatalogPolicyContract.SAVE_POLICY_ROW,
            new SavePolicyRow(name, Json.text(policy), replaces))
        .mapEmpty();
  }

  private Future<Void> remap() {
    var mapping = policies().heal().priorityMapping();
    return world
        .bus()
        .ask(
            CatalogHealContract.REMAP_PRIORITIES,
            new RemapPriorities(
                mapping.getOrDefault("critical_buckets", Priority.EMERGENCY),
                mapping.getOrDefault("important_buckets", Priority.HIGH),
                mapping.getOrDefault("standard_buckets", Priority.NORMAL)))
        .mapEmpty();
  }

  private static void requireVersion(String name, @Nullable Long wanted, long version) {
    if (wanted != null && wanted != version) {
      throw new Failure(
          FailureCode.PRECONDITION_FAILED,
          "the %s policy is at version %d, not %d; read it again".formatted(name, version, wanted),
          Map.of("what", "policy", "version", Long.toString(version)));
    }
  }

  private static void refuse(List<Rules.Objection> objections) {
    if (objections.isEmpty()) {
      return;
    }
    var details = new TreeMap<String, String>();
    for (var objection : objections) {
      details.merge(objection.field(), objection.message(), (a, b) -> a + "; " + b);
    }
    var first = objections.getFirst();
    throw new Failure(
        details.size() == 1 ? FailureCode.INVALID_REQUEST : FailureCode.VALIDATION_ERROR,
        first.field() + " " + first.message(),
        details);
  }
}
