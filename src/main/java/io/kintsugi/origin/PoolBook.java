package io.kintsugi.origin;

import io.kintsugi.contract.CatalogPolicyContract;
import io.kintsugi.contract.CatalogPolicyContract.ListPolicyRows;
import io.kintsugi.contract.CatalogPolicyContract.PolicyRow;
import io.kintsugi.contract.CatalogPolicyContract.SavePolicyRow;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.contract.PoolConfig;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.ChangePool;
import io.kintsugi.contract.RegistryContract.Explanation;
import io.kintsugi.contract.RegistryContract.PoolView;
import io.kintsugi.contract.RegistryContract.Verdict;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.kintsugi.origin.Placing.Strategy;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pool that all origins make: how it is configured, where shards go in it, and why.
final class PoolBook {
  private static final Logger LOG = LoggerFactory.getLogger(PoolBook.class);
  private static final String ROW = "pool";
  private static final Duration READ_AGAIN = Duration.ofSeconds(10);

  private final World world;
  private final Registry registry;
  private final Views views;
  private PoolConfig config;
  private long version;

  PoolBook(World world, PoolConfig ofFile, Registry registry, Views views) {
    this.world = world;
    this.registry = registry;
    this.views = views;
    config = ofFile;
  }

  void start() {
    var bus = world.bus();
    bus.answer(RegistryContract.GET_POOL, _ -> view());
    bus.answer(RegistryContract.CHANGE_POOL, this::change);
    bus.answer(RegistryContract.EXPLAIN, wanted -> Future.succeededFuture(explain(wanted)));
    world.every(READ_AGAIN, this::read);
    read();
  }

  PoolConfig config() {
    return config;
  }

  /// What was said at run time goes before what the configuration says.
  private void read() {
    world
        .bus()
        .ask(CatalogPolicyContract.LIST_POLICY_ROWS, new ListPolicyRows())
        .onSuccess(
            rows -> rows.rows().stream().filter(row -> row.name().equals(ROW)).forEach(this::learn))
        .onFailure(cause -> LOG.debug("pool not read: {}", Failure.from(cause).text()));
  }

  private void learn(PolicyRow row) {
    if (row.version() == version) {
      return;
    }
    var known = Json.decode(row.json(), PoolConfig.class);
    if (version == 0 && !known.equals(config)) {
      LOG.warn("the pool was changed at run time now={} configuration={}", known, config);
    }
    version = row.version();
    boolean paceChanged = known.healthCheckIntervalMillis() != config.healthCheckIntervalMillis();
    config = known;
    if (paceChanged) {
      registry.probeEvery(Duration.ofMillis(config.healthCheckIntervalMillis()));
    }
  }

  private Future<PoolConfig> change(ChangePool wish) {
    var wanted = PoolTerms.changed(config, wish);
    if (wanted.equals(config)) {
      return Future.succeededFuture(config);
    }
    return world
        .bus()
        .ask(
            CatalogPolicyContract.SAVE_POLICY_ROW,
            new SavePolicyRow(ROW, Json.text(wanted), version))
        .map(row -> {
          learn(row);
          LOG.info("pool={}", config);
          return config;
        });
  }

  private Future<PoolView> view() {
    return Future.all(views.ofShards(), views.drains())
        .map(all -> new PoolView(config, all.resultAt(0), views.rebalance(all.resultAt(1))));
  }

  private Strategy strategy(Place wanted) {
    var name = wanted.strategy().isEmpty() ? config.strategy() : wanted.strategy();
    var strategy = Strategy.parse(name);
    if (strategy.isEmpty() || wanted.count() < 0 || wanted.shardBytes() < 0) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST, "no such placement: " + wanted, "what", "strategy");
    }
    return strategy.get();
  }

  Placement place(Place wanted) {
    var strategy = strategy(wanted);
    var states = registry.states();
    if (!Boolean.TRUE.equals(wanted.repair())) {
      var refusal = PoolTerms.refusal(config, states);
      if (refusal != null) {
        throw Failure.of(FailureCode.UNAVAILABLE, refusal, "what", "origins");
      }
    }
    var decision = Placing.decide(states, registry.definitions(), config, wanted, strategy);
    if (decision.chosen().size() < wanted.count()) {
      LOG.debug("place count={} verdicts={}", wanted.count(), decision.verdicts());
    }
    boolean repair = Boolean.TRUE.equals(wanted.repair());
    return new Placement(
        decision.chosen(),
        states.size(),
        decision.full(),
        strategy == Strategy.REPLICATED && !repair ? PoolTerms.acknowledged(config) : null);
  }

  private Explanation explain(Place wanted) {
    var strategy = strategy(wanted);
    var states = registry.states();
    var definitions = registry.definitions();
    var decision = Placing.decide(states, definitions, config, wanted, strategy);
    var ranking = new Ranking(definitions, wanted, strategy, config.autoFailover());
    var verdicts = new ArrayList<Verdict>();
    for (var verdict : decision.verdicts()) {
      var state =
          states.stream().filter(s -> s.id().equals(verdict.originId())).findFirst().orElseThrow();
      Integer place = null;
      for (int i = 0; i < decision.chosen().size(); i++) {
        if (decision.chosen().get(i).originId().equals(verdict.originId())) {
          place = i;
        }
      }
      verdicts.add(
          new Verdict(
              verdict.originId(),
              place,
              verdict.reason().name().toLowerCase(Locale.ROOT),
              ranking.rank(state)));
    }
    return new Explanation(strategy.label(), verdicts, PoolTerms.refusal(config, states));
  }
}
