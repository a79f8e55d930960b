package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeCareContract;
import io.kintsugi.contract.CatalogTreeCareContract.LoadVerifications;
import io.kintsugi.contract.CatalogTreeCareContract.SaveVerification;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeCareContract.SourceVerified;
import io.kintsugi.contract.TreeCareContract.Verification;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads all files of trees when it is time, or when somebody asks for it. How far it is is kept in
/// the catalog, so that the next life goes on from there, and nobody else reads meanwhile.
final class Verifier {
  private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);

  /// A source that could not go on is tried again so late.
  private static final Duration REST = Duration.ofSeconds(30);

  private static final Duration SAVE_EVERY = Duration.ofSeconds(10);
  private static final Duration LOAD_EVERY = Duration.ofMinutes(1);
  private static final long LEASE_MILLIS = 60_000;

  /// A verification under way.
  private record Run(Tree tree, Instant started, List<SourceWalk> walks) {
    Verification told(@Nullable Instant ended) {
      return new Verification(
          tree.name(), started, ended, walks.stream().map(SourceWalk::told).toList());
    }

    boolean isEnded() {
      return walks.stream().allMatch(SourceWalk::isEnded);
    }

    void stop() {
      walks.forEach(SourceWalk::stop);
    }
  }

  private final Trees trees;
  private final Records records;
  private final World world;
  private final Map<String, Run> runs = new HashMap<>();
  private Map<String, Verification> known = new HashMap<>();
  private boolean loaded;

  Verifier(Trees trees, Records records) {
    this.trees = trees;
    this.records = records;
    world = trees.world();
  }

  void start(long tickMillis) {
    load();
    world.every(LOAD_EVERY, this::load);
    world.every(Duration.ofMillis(tickMillis), this::consider);
    world.every(SAVE_EVERY, () -> runs.values().forEach(this::save));
  }

  private Future<Void> load() {
    return world
        .bus()
        .ask(CatalogTreeCareContract.LOAD_VERIFICATIONS, new LoadVerifications())
        .map(found -> {
          var now = new HashMap<String, Verification>();
          found.verifications().forEach(one -> now.put(one.bucket(), one));
          known = now;
          loaded = true;
          return (Void) null;
        })
        .onFailure(cause -> LOG.debug("verifications not read: {}", Failure.from(cause).text()));
  }

  private @Nullable Verification last(Tree tree) {
    var last = known.get(tree.name());
    return last != null && Schedule.isOf(tree, last) ? last : null;
  }

  private void consider() {
    var wanted = new HashMap<String, Tree>();
    trees.forest().known().forEach(tree -> wanted.put(tree.name(), tree));
    for (var run : List.copyOf(runs.values())) {
      var tree = wanted.get(run.tree().name());
      if (tree == null || !tree.equals(run.tree())) {
        // What it is now is gone on with, from where the same sources stood.
        known.put(run.tree().name(), run.told(null));
        runs.remove(run.tree().name());
        run.stop();
      } else {
        goOn(run);
      }
    }
    if (loaded) {
      wanted.values().stream().filter(tree -> !runs.containsKey(tree.name())).forEach(this::meet);
    }
  }

  private void meet(Tree tree) {
    if (isWanted(tree)) {
      // Another node may have ended it since the catalog was read.
      load()
          .compose(_ ->
              isWanted(tree) && !runs.containsKey(tree.name())
                  ? begin(tree, open(tree))
                  : Future.<Void>succeededFuture())
          .onFailure(cause ->
              LOG.debug("tree={} not verified: {}", tree.name(), Failure.from(cause).text()));
    }
  }

  private boolean isWanted(Tree tree) {
    var due = Schedule.due(tree, last(tree));
    return open(tree) != null || (due != null && !due.isAfter(world.clock().instant()));
  }

  /// One that was begun and has not ended.
  private @Nullable Verification open(Tree tree) {
    var last = last(tree);
    return last != null && last.ended() == null ? last : null;
  }

  /// Begins now; what is under way goes on, and at once.
  Future<Void> verify(Tree tree) {
    var run = runs.get(tree.name());
    if (run != null && run.tree().equals(tree)) {
      run.walks().forEach(SourceWalk::hasten);
      goOn(run);
      return Future.succeededFuture();
    }
    return (loaded ? Future.<Void>succeededFuture() : load()).compose(_ -> begin(tree, open(tree)));
  }

  /// @param open to be gone on with; null: it begins anew
  private Future<Void> begin(Tree tree, @Nullable Verification open) {
    var started = open == null ? world.clock().instant() : open.started();
    var walks = new ArrayList<SourceWalk>();
    for (var source : tree.sources()) {
      walks.add(new SourceWalk(trees, records, tree, source, started, so(source, open)));
    }
    var run = new Run(tree, started, walks);
    runs.put(tree.name(), run);
    return keep(run.told(null), LEASE_MILLIS)
        .<Void>mapEmpty()
        .onSuccess(_ -> {
          LOG.info("tree={} is verified since={}", tree.name(), started);
          goOn(run);
        })
        .onFailure(_ -> runs.remove(tree.name(), run));
  }

  private static SourceVerified so(Source source, @Nullable Verification open) {
    return open == null
        ? SourceWalk.nothing(source)
        : open.sources().stream()
            .filter(
                one -> one.originId().equals(source.originId()) && one.path().equals(source.path()))
            .findFirst()
            .orElseGet(() -> SourceWalk.nothing(source));
  }

  private void goOn(Run run) {
    for (var walk : run.walks()) {
      if (walk.isIdle()) {
        walk.run(REST).onSuccess(_ -> ended(run));
      }
    }
    ended(run);
  }

  private void ended(Run run) {
    if (!run.isEnded() || !runs.remove(run.tree().name(), run)) {
      return;
    }
    var all = run.told(world.clock().instant());
    known.put(run.tree().name(), all);
    keep(all, 0)
        .onFailure(cause ->
            LOG.warn("tree={} verified, not kept: {}", all.bucket(), Failure.from(cause).text()));
    LOG.info(
        "tree={} verified files={} bytes={} unread={} rotten={}",
        all.bucket(),
        all.sources().stream().mapToLong(SourceVerified::files).sum(),
        all.sources().stream().mapToLong(SourceVerified::bytes).sum(),
        all.sources().stream().mapToLong(SourceVerified::unread).sum(),
        all.sources().stream().mapToLong(SourceVerified::rotten).sum());
    world.bus().publish(TreeCareContract.TREE_VERIFIED, all);
  }

  private void save(Run run) {
    keep(run.told(null), LEASE_MILLIS)
        .onFailure(cause -> {
          var failure = Failure.from(cause);
          LOG.info("tree={} progress not kept: {}", run.tree().name(), failure.text());
          if ("lease".equals(failure.detail("what")) && runs.remove(run.tree().name(), run)) {
            run.stop();
          }
        });
  }

  private Future<Done> keep(Verification verification, long leaseMillis) {
    return world
        .bus()
        .ask(
            CatalogTreeCareContract.SAVE_VERIFICATION,
            new SaveVerification(world.node(), leaseMillis, verification));
  }

  boolean isBusy() {
    return !runs.isEmpty();
  }

  /// The one under way, or the last; null if there was none.
  @Nullable Verification told(Tree tree) {
    var run = runs.get(tree.name());
    return run == null ? last(tree) : run.told(null);
  }

  @Nullable Instant due(Tree tree) {
    return runs.containsKey(tree.name()) ? null : Schedule.due(tree, last(tree));
  }
}
