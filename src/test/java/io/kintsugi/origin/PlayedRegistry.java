package io.kintsugi.origin;

import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.CatalogPolicyContract;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRow;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRows;
import io.kintsugi.contract.CatalogPolicyContract.SavePolicyRow;
import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.DefinitionRow;
import io.kintsugi.contract.CatalogRegistryContract.Definitions;
import io.kintsugi.contract.CatalogRegistryContract.Drain;
import io.kintsugi.contract.CatalogRegistryContract.Drains;
import io.kintsugi.contract.CatalogRegistryContract.DropOrigin;
import io.kintsugi.contract.CatalogRegistryContract.ForcedWord;
import io.kintsugi.contract.CatalogRegistryContract.OriginDropped;
import io.kintsugi.contract.CatalogRegistryContract.OriginUsage;
import io.kintsugi.contract.CatalogRegistryContract.SaveDefinition;
import io.kintsugi.contract.CatalogRegistryContract.SaveDrain;
import io.kintsugi.contract.CatalogRegistryContract.Usages;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.RegistryContract.Usage;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// The catalog as far as it keeps definitions and drains, played.
final class PlayedRegistry {
  final Map<String, DefinitionRow> definitions = new ConcurrentHashMap<>();
  final Map<String, Drain> drains = new ConcurrentHashMap<>();
  final Map<String, PolicyRow> policies = new ConcurrentHashMap<>();
  final Map<String, Usage> usages = new ConcurrentHashMap<>();
  final Map<String, ForcedWord> forced = new ConcurrentHashMap<>();
  private final Map<String, OriginRow> rows;

  PlayedRegistry(Map<String, OriginRow> rows) {
    this.rows = rows;
  }

  void answer(Bus bus) {
    bus.answer(
        CatalogRegistryContract.LIST_DEFINITIONS,
        _ ->
            Future.succeededFuture(
                new Definitions(List.copyOf(new TreeMap<>(definitions).values()))));
    bus.answer(CatalogRegistryContract.SAVE_DEFINITION, this::save);
    bus.answer(CatalogRegistryContract.DROP_ORIGIN, this::drop);
    bus.answer(CatalogRegistryContract.LIST_DRAINS, _ -> Future.succeededFuture(drains()));
    bus.answer(CatalogRegistryContract.SAVE_DRAIN, this::save);
    bus.answer(
        CatalogRegistryContract.GET_FORCED_HEALTH,
        q ->
            Future.succeededFuture(
                forced.getOrDefault(q.originId(), new ForcedWord(q.originId(), null, null))));
    bus.answer(
        CatalogRegistryContract.SAVE_FORCED_HEALTH,
        word -> {
          forced.put(word.originId(), word);
          return Future.succeededFuture(new Done());
        });
    bus.answer(
        CatalogRegistryContract.COUNT_USAGE,
        _ ->
            Future.succeededFuture(
                new Usages(
                    usages.entrySet().stream()
                        .map(e -> new OriginUsage(e.getKey(), e.getValue()))
                        .toList())));
    bus.answer(
        CatalogPolicyContract.LIST_POLICY_ROWS,
        _ -> Future.succeededFuture(new PolicyRows(List.copyOf(policies.values()))));
    bus.answer(CatalogPolicyContract.SAVE_POLICY_ROW, this::save);
  }

  private Drains drains() {
    return new Drains(List.copyOf(drains.values()));
  }

  private Future<DefinitionRow> save(SaveDefinition wanted) {
    var id = wanted.definition().id();
    var old = definitions.get(id);
    long version = old == null ? 0 : old.version();
    var row = rows.get(id);
    if (version != wanted.replaces() || (row != null && row.state().equals("removed"))) {
      return Future.failedFuture(Failure.of(FailureCode.CONFLICT, "was removed, or changed"));
    }
    var saved = new DefinitionRow(wanted.definition(), wanted.wrappedSecrets(), version + 1);
    definitions.put(id, saved);
    return Future.succeededFuture(saved);
  }

  private Future<OriginDropped> drop(DropOrigin wanted) {
    var id = wanted.originId();
    long segments = usages.getOrDefault(id, Usage.NONE).segments();
    if (segments > 0 && !wanted.force()) {
      return Future.failedFuture(
          Failure.of(FailureCode.CONFLICT, segments + " segments", "segments", "" + segments));
    }
    definitions.remove(id);
    drains.remove(id);
    rows.computeIfPresent(
        id,
        (_, row) ->
            new OriginRow(id, row.kind(), row.path(), "removed", row.incarnation(), row.created()));
    return Future.succeededFuture(new OriginDropped(segments));
  }

  private Future<Drains> save(SaveDrain wanted) {
    var state = wanted.state();
    if (state == null) {
      drains.remove(wanted.originId());
    } else {
      long left = usages.getOrDefault(wanted.originId(), Usage.NONE).segments();
      drains.put(
          wanted.originId(),
          new Drain(
              wanted.originId(), state, wanted.towards(), Instant.EPOCH, left, left * 100, 0, 0));
    }
    return Future.succeededFuture(drains());
  }

  private Future<PolicyRow> save(SavePolicyRow wanted) {
    var saved = new PolicyRow(wanted.name(), wanted.json(), wanted.replaces() + 1);
    policies.put(wanted.name(), saved);
    return Future.succeededFuture(saved);
  }
}
