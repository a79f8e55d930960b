package io.kintsugi.tree;

import io.kintsugi.contract.OriginMirrorContract.FileRefreshed;
import io.kintsugi.contract.OriginMirrorContract.Outcome;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeCareContract.Care;
import io.kintsugi.contract.TreeCareContract.CopyMended;
import io.kintsugi.contract.TreeCareContract.Mirroring;
import io.kintsugi.contract.TreeContract.Copy;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.ListEntries;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.tree.Mending.Need;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the copies of a tree equal to what it shows, where the tree says so: key by key, one copy
/// at a time. While an origin is silent nothing is known to be missing, and nothing is done.
final class Equalizer {
  private static final Logger LOG = LoggerFactory.getLogger(Equalizer.class);
  private static final Duration EVERY = Duration.ofMinutes(10);
  private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);
  private static final int PAGE = 200;

  /// A pass through a tree, as far as it is.
  private static final class Pass {
    private final Tree tree;
    private final Instant started;
    private @Nullable Instant ended;
    private long keys;
    private long brought;
    private long sizeBytes;
    private long sentBytes;
    private long movedBytes;
    private long left;
    private @Nullable String reason;
    private boolean again;

    Pass(Tree tree, Instant started) {
      this.tree = tree;
      this.started = started;
    }

    Mirroring told() {
      return new Mirroring(
          started, ended, keys, brought, sizeBytes, sentBytes, movedBytes, left, reason);
    }

    void failed(String why) {
      left++;
      reason = why;
    }

    boolean isDue(Tree now, Instant at) {
      var end = ended;
      return end != null
          && (again
              || !now.equals(tree)
              || !end.plus(reason == null ? EVERY : AFTER_FAILURE).isAfter(at));
    }
  }

  private final Trees trees;
  private final Records records;
  private final Hasher hasher;
  private final Turns turns;
  private final World world;
  private final Map<String, Pass> passes = new HashMap<>();

  Equalizer(Trees trees, Records records, Hasher hasher, Turns turns) {
    this.turns = turns;
    this.trees = trees;
    this.records = records;
    this.hasher = hasher;
    world = trees.world();
  }

  void start(long tickMillis) {
    world.every(Duration.ofMillis(tickMillis), this::consider);
  }

  private static boolean isWanted(Tree tree) {
    return tree.cared().mirror().equals(Care.EQUAL);
  }

  private void consider() {
    var now = world.clock().instant();
    for (var tree : trees.forest().known()) {
      var pass = passes.get(tree.name());
      if (isWanted(tree) && (pass == null || pass.isDue(tree, now))) {
        begin(tree);
      }
    }
    passes
        .keySet()
        .removeIf(
            name -> trees.forest().known().stream().noneMatch(tree -> tree.name().equals(name)));
  }

  /// Begins now; behind one that is under way, if there is one.
  void hasten(Tree tree) {
    if (!isWanted(tree)) {
      return;
    }
    var pass = passes.get(tree.name());
    if (pass != null && pass.ended == null) {
      pass.again = true;
    } else {
      begin(tree);
    }
  }

  @Nullable Mirroring told(Tree tree) {
    var pass = passes.get(tree.name());
    return pass == null || !isWanted(tree) ? null : pass.told();
  }

  boolean isBusy() {
    return passes.values().stream().anyMatch(pass -> pass.ended == null);
  }

  private void begin(Tree tree) {
    var pass = new Pass(tree, world.clock().instant());
    passes.put(tree.name(), pass);
    Promise<Void> over = Promise.promise();
    pages(pass, null, over);
    over.future()
        .onFailure(cause -> pass.reason = Failure.from(cause).text())
        .onComplete(_ -> {
          pass.ended = world.clock().instant();
          if (pass.brought > 0 || pass.left > 0 || pass.reason != null) {
            LOG.info(
                "tree={} mirrored keys={} brought={} sizeBytes={} sentBytes={} left={} reason={}",
                tree.name(),
                pass.keys,
                pass.brought,
                pass.sizeBytes,
                pass.sentBytes,
                pass.left,
                pass.reason);
          }
        });
  }

  private void pages(Pass pass, @Nullable String after, Promise<Void> over) {
    page(pass, after)
        .onSuccess(next -> {
          if (next.after() == null) {
            over.complete();
          } else {
            pages(pass, next.after(), over);
          }
        })
        .onFailure(over::fail);
  }

  private record Next(@Nullable String after) {}

  private Future<Next> page(Pass pass, @Nullable String after) {
    if (trees.forest().known().stream().noneMatch(pass.tree::equals)) {
      return Future.failedFuture(Failure.of(FailureCode.CANCELLED, "the tree is another one now"));
    }
    var question = new ListEntries(pass.tree.name(), "", null, after, PAGE);
    return new Listing(world, trees.origins(), trees.finder(), records, hasher, pass.tree, question)
        .page()
        .compose(page -> {
          if (!page.complete()) {
            var silent = page.silent().getFirst();
            return Future.failedFuture(
                Failure.of(FailureCode.UNAVAILABLE, silent.originId() + ": " + silent.reason()));
          }
          return entries(pass, page.entries().iterator()).map(new Next(page.next()));
        });
  }

  private Future<Void> entries(Pass pass, Iterator<Entry> entries) {
    while (entries.hasNext()) {
      if (trees.forest().known().stream().noneMatch(pass.tree::equals)) {
        return Future.failedFuture(
            Failure.of(FailureCode.CANCELLED, "the tree is another one now"));
      }
      var entry = entries.next();
      pass.keys++;
      if (!isEqual(pass.tree, entry)) {
        // A file that is deleted meanwhile must not come back where it was missing.
        return turns
            .alone(pass.tree.name(), entry.key(), () -> key(pass, entry.key()))
            .recover(cause -> {
              pass.failed(entry.key() + ": " + Failure.from(cause).text());
              return Future.succeededFuture();
            })
            .compose(_ -> entries(pass, entries));
      }
    }
    return Future.succeededFuture();
  }

  private static boolean isEqual(Tree tree, Entry entry) {
    return entry.copies().size() == tree.sources().size()
        && entry.copies().stream()
            .allMatch(copy ->
                copy.relation().equals(Copy.SAME)
                    || (copy.relation().equals(Copy.CHOSEN) && copy.sha256() != null));
  }

  private Future<Void> key(Pass pass, String key) {
    return trees
        .finder()
        .copies(pass.tree, key)
        .compose(found -> {
          if (!found.silent().isEmpty()) {
            return Future.failedFuture(Finder.unknown(pass.tree, "not all tell", found.silent()));
          }
          if (found.deed() != null) {
            // What was written or deleted last brings itself to each origin.
            return Future.succeededFuture();
          }
          var versions = Version.of(found.seen(), pass.tree.conflicts());
          if (versions.isEmpty() || versions.getFirst().lead().isRotten()) {
            return Future.succeededFuture();
          }
          var lead = versions.getFirst().lead();
          return sha256(pass, lead)
              .compose(sha256 ->
                  sources(
                      new Making(pass, key, lead, sha256, found.seen()),
                      pass.tree.sources().iterator()));
        });
  }

  /// What all copies of a key are to be.
  private record Making(Pass pass, String key, Seen lead, String sha256, List<Seen> copies) {}

  /// Of bytes that are there now; fails if they are not what they should be.
  private Future<String> sha256(Pass pass, Seen copy) {
    var known = copy.sha256();
    return known != null
        ? Future.succeededFuture(known)
        : trees
            .proving()
            .proveNow(copy, pass.tree.cared().bytesPerSecond())
            .map(record -> {
              if (record.rotSha256() != null) {
                throw Failure.of(FailureCode.CORRUPT, "rotten on " + copy.source().originId());
              }
              return record.sha256();
            });
  }

  private Future<Void> sources(Making making, Iterator<Source> sources) {
    if (!sources.hasNext()) {
      return Future.succeededFuture();
    }
    var source = sources.next();
    return source(
            making, source, Mending.of(source, making.copies(), making.lead(), making.sha256()))
        .recover(cause -> {
          making
              .pass()
              .failed(
                  "%s on %s: %s"
                      .formatted(making.key(), source.originId(), Failure.from(cause).text()));
          return Future.succeededFuture();
        })
        .compose(_ -> sources(making, sources));
  }

  private Future<Void> source(Making making, Source source, Need need) {
    return switch (need) {
      case Need.Nothing(), Need.Mended() -> Future.succeededFuture();
      case Need.Reading(var copy) ->
          sha256(making.pass(), copy)
              .compose(sha256 ->
                  sha256.equals(making.sha256())
                      ? Future.succeededFuture()
                      : bring(making, source, copy, true));
      case Need.Bringing(var over, var keep) -> bring(making, source, over, keep);
    };
  }

  private Future<Void> bring(Making making, Source source, @Nullable Seen over, boolean keep) {
    var path = Paths.of(source, making.key());
    var order = new Refresh.Order(source, path, over, keep, making.lead(), Trust.RECIPES);
    long rate = making.pass().tree.cared().bytesPerSecond();
    return proven(making, rate)
        .compose(_ -> trees.refresh().run(order, rate))
        .compose(told ->
            told.outcome() == Outcome.SAME
                // Hashes say otherwise, so that a recipe must be wrong.
                ? trees.refresh().run(order.trusting(Trust.NOTHING), rate)
                : Future.succeededFuture(told))
        .compose(told ->
            noted(making, source.originId(), path, told, rate)
                .map(_ -> brought(making, source, path, over == null, told)));
  }

  /// What is spread is what was just read, however long it has been known.
  private Future<?> proven(Making making, long rate) {
    return trees
        .proving()
        .proveNow(making.lead(), rate)
        .map(record -> {
          if (record.rotSha256() != null || !record.sha256().equals(making.sha256())) {
            throw Failure.of(
                FailureCode.CORRUPT, "the copy that is shown is not what it should be");
          }
          return record;
        });
  }

  /// Only of what was published itself is known what it holds; what bears the name now may be
  /// somebody's next version.
  private Future<?> noted(
      Making making, String originId, String path, FileRefreshed told, long rate) {
    var stamp = told.stamp();
    return stamp != null
        ? trees.proving().expect(originId, path, stamp, making.sha256())
        : trees
            .proving()
            .look(originId, path)
            .compose(now -> trees.proving().prove(originId, path, now, rate));
  }

  private Void brought(
      Making making, Source source, String path, boolean fresh, FileRefreshed told) {
    var pass = making.pass();
    pass.brought++;
    pass.sizeBytes += told.sizeBytes();
    pass.sentBytes += told.sentBytes();
    pass.movedBytes += told.movedBytes();
    world
        .bus()
        .publish(
            TreeCareContract.COPY_MENDED,
            new CopyMended(
                pass.tree.name(),
                making.key(),
                source.originId(),
                path,
                fresh ? CopyMended.COPIED : CopyMended.UPDATED,
                making.lead().source().originId(),
                told.sizeBytes(),
                told.sentBytes(),
                told.movedBytes(),
                told.keptAs()));
    return null;
  }
}
