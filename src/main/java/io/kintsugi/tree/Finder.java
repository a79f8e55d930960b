package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FindFile;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.FoundEntry;
import io.kintsugi.contract.TreeContract.Silent;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Finds a key on all origins of a tree at once.
final class Finder {
  /// An origin that has not told by then is not waited for.
  private static final long PATIENCE_MILLIS = 5_000;

  /// All copies of a key as they lie there.
  ///
  /// @param deed what was done to the key last and has not reached each of them; null: nothing
  record Copies(List<Seen> seen, Map<String, String> silent, @Nullable Deed deed) {
    Covering covering() {
      return Covering.of(deed, seen, silent.keySet());
    }
  }

  /// What a key shows.
  record Found(String key, Version version, Entry entry, Map<String, String> silent) {
    FoundEntry told() {
      return new FoundEntry(entry, silent.isEmpty(), Finder.told(silent));
    }
  }

  private final World world;
  private final Origins origins;
  private final Records records;
  private final Hasher hasher;
  private final Deeds deeds;

  Finder(World world, Origins origins, Records records, Hasher hasher, Deeds deeds) {
    this.world = world;
    this.origins = origins;
    this.records = records;
    this.hasher = hasher;
    this.deeds = deeds;
  }

  static List<Silent> told(Map<String, String> silent) {
    return silent.entrySet().stream().map(one -> new Silent(one.getKey(), one.getValue())).toList();
  }

  /// Fails with NOT_FOUND only if every origin said so.
  Future<Found> find(Tree tree, String key) {
    return versions(tree, key)
        .compose(shown -> {
          if (!shown.versions().isEmpty()) {
            var version = shown.versions().getFirst();
            return Future.succeededFuture(
                new Found(key, version, version.entry(key, null), shown.silent()));
          }
          return tree.conflicts().equals(Version.KEEP_BOTH)
              ? alias(tree, key, Aliases.stems(key), shown.silent())
              : Future.failedFuture(absent(tree, key, shown.silent()));
        });
  }

  /// What a key shows, and who did not tell.
  record Shown(List<Version> versions, Map<String, String> silent) {}

  Future<Shown> versions(Tree tree, String key) {
    if (!Paths.isPossible(key)) {
      return Future.succeededFuture(new Shown(List.of(), Map.of()));
    }
    return copies(tree, key)
        .map(copies -> {
          var covering = copies.covering();
          if (covering.inDoubt()) {
            throw unknown(tree, "whether " + key + " was written is unknown", copies.silent());
          }
          hasher.want(covering.shown());
          return shown(tree, copies, covering);
        });
  }

  static Shown shown(Tree tree, Copies copies, Covering covering) {
    var silent = new LinkedHashMap<>(copies.silent());
    if (covering.shown().isEmpty()) {
      silent.keySet().removeAll(covering.excused());
    }
    return new Shown(Version.of(covering.shown(), tree.conflicts()), silent);
  }

  /// A copy that is shown under another name because it differs.
  private Future<Found> alias(
      Tree tree, String alias, List<String> stems, Map<String, String> silent) {
    if (stems.isEmpty()) {
      return Future.failedFuture(absent(tree, alias, silent));
    }
    var key = stems.getFirst();
    return versions(tree, key)
        .compose(shown -> {
          var all = new TreeMap<>(silent);
          all.putAll(shown.silent());
          for (int i = 1; i < shown.versions().size(); i++) {
            var version = shown.versions().get(i);
            if (alias.startsWith(Aliases.of(key, version.lead().source().originId(), _ -> false))) {
              return Future.succeededFuture(
                  new Found(alias, version, version.entry(alias, key), all));
            }
          }
          return alias(tree, alias, stems.subList(1, stems.size()), all);
        });
  }

  /// What was done to these keys and has not reached every origin.
  Future<Map<String, Deed>> deeds(Tree tree, List<String> keys) {
    return deeds.of(tree, keys);
  }

  /// All of them, those too that are not shown.
  Future<Copies> copies(Tree tree, String key) {
    // Asked for first: what was done since then is met on the origins.
    return deeds.of(tree, key).compose(deed -> copies(tree, key, deed));
  }

  private Future<Copies> copies(Tree tree, String key, @Nullable Deed deed) {
    var silent = new LinkedHashMap<String, String>();
    var asked = new ArrayList<Future<Item>>();
    for (var source : tree.sources()) {
      var why = origins.silence(source.originId());
      asked.add(why == null ? ask(source, key) : Future.failedFuture(unavailable(why)));
    }
    return Future.join(asked)
        .transform(_ -> {
          var items = new ArrayList<Item>();
          for (int i = 0; i < asked.size(); i++) {
            var answer = asked.get(i);
            if (answer.succeeded()) {
              items.add(answer.result());
            } else {
              note(silent, tree.sources().get(i), Failure.from(answer.cause()));
            }
          }
          return records
              .of(tree, List.of(items))
              .map(found ->
                  new Copies(found.isEmpty() ? List.of() : found.getFirst(), silent, deed));
        });
  }

  private static Failure unavailable(String why) {
    return Failure.of(FailureCode.UNAVAILABLE, why);
  }

  private Future<Item> ask(Source source, String key) {
    return world
        .bus()
        .ask(
            FilesContract.FIND_FILE.at(source.originId()),
            new FindFile(Paths.of(source, key)),
            PATIENCE_MILLIS)
        .map(found -> new Item(source, key, found.stamp()));
  }

  private static void note(Map<String, String> silent, Source source, Failure failure) {
    boolean knows = failure.is(FailureCode.NOT_FOUND) && "file".equals(failure.detail("what"));
    if (!knows) {
      silent.putIfAbsent(source.originId(), failure.text());
    }
  }

  private static Failure absent(Tree tree, String key, Map<String, String> silent) {
    return silent.isEmpty()
        ? Failure.of(FailureCode.NOT_FOUND, "no " + key + " in " + tree.name(), "what", "key")
        : unknown(tree, "whether " + key + " is in " + tree.name() + " is unknown", silent);
  }

  /// Nobody can know, and why of each.
  static Failure unknown(Tree tree, String what, Map<String, String> silent) {
    var reasons = new ArrayList<String>();
    silent.forEach((origin, reason) -> reasons.add(origin + ": " + reason));
    var details = new LinkedHashMap<>(silent);
    details.put("what", "origins");
    details.put("bucket", tree.name());
    return new Failure(FailureCode.UNAVAILABLE, what + "; " + String.join("; ", reasons), details);
  }
}
