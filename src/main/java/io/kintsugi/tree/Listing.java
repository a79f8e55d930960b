package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.EntryPage;
import io.kintsugi.contract.TreeContract.ListEntries;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One page of a tree on its way: the pages of all sources merged, in as much memory as one page of
/// each takes. A source that fails is left out from there on, and named.
final class Listing {
  private static final int PAGE_MAX = 1000;

  /// What stands in a page: a key with all that bear it, or what stands for many keys.
  private record Unit(String key, @Nullable List<Item> items) {}

  private final Finder finder;
  private final Records records;
  private final Hasher hasher;
  private final Tree tree;
  private final Scope scope;
  private final int max;
  private final Merge merge;
  private final List<Feed> feeds = new ArrayList<>();
  private final Map<String, String> silent = new LinkedHashMap<>();
  private final List<Unit> units = new ArrayList<>();
  private int failed;

  Listing(
      World world,
      Origins origins,
      Finder finder,
      Records records,
      Hasher hasher,
      Tree tree,
      ListEntries question) {
    this.finder = finder;
    this.records = records;
    this.hasher = hasher;
    this.tree = tree;
    scope = Scope.of(question);
    max = Math.clamp(question.max(), 0, PAGE_MAX);
    merge = new Merge(tree.sources().size());
    for (int i = 0; i < tree.sources().size(); i++) {
      var source = tree.sources().get(i);
      feeds.add(new Feed(world, source, scope, max + 1));
      var why = origins.silence(source.originId());
      if (why != null) {
        drop(i, why);
      }
    }
  }

  private void drop(int source, String why) {
    failed++;
    silent.putIfAbsent(feeds.get(source).source().originId(), why);
    merge.end(source);
  }

  Future<EntryPage> page() {
    if (max == 0) {
      return Future.succeededFuture(
          new EntryPage(List.of(), List.of(), null, silent.isEmpty(), Finder.told(silent)));
    }
    return collect()
        .compose(_ -> {
          if (failed == feeds.size()) {
            return Future.failedFuture(
                Finder.unknown(tree, "what is in " + tree.name() + " is unknown", silent));
          }
          return earlier().compose(this::resolve);
        });
  }

  /// One unit more than fits, which tells that there are more.
  private Future<Void> collect() {
    while (units.size() <= max) {
      var wanting = merge.wanting();
      if (!wanting.isEmpty()) {
        return Future.join(wanting.stream().map(this::fill).toList()).compose(_ -> collect());
      }
      var group = merge.next();
      if (group == null) {
        break;
      }
      add(group);
    }
    return Future.succeededFuture();
  }

  private Future<Void> fill(int source) {
    var feed = feeds.get(source);
    return feed.next()
        .map(items -> {
          merge.add(source, items);
          if (feed.isEnded()) {
            merge.end(source);
          }
          return (Void) null;
        })
        .recover(cause -> {
          drop(source, Failure.from(cause).text());
          return Future.succeededFuture();
        });
  }

  private void add(List<Item> group) {
    var key = group.getFirst().key();
    var common = scope.commonPrefix(key);
    if (common == null) {
      units.add(new Unit(key, group));
      return;
    }
    boolean told = !units.isEmpty() && units.getLast().key().equals(common);
    if (!told && !common.equals(scope.after())) {
      units.add(new Unit(common, null));
    }
  }

  /// Copies shown under names of their own whose keys were on an earlier page.
  private Future<NavigableMap<String, Entry>> earlier() {
    NavigableMap<String, Entry> aliases = new TreeMap<>(KeyOrder.INSTANCE);
    var places = new ArrayList<String>();
    if (tree.conflicts().equals(Version.KEEP_BOTH)) {
      if (scope.after() != null) {
        places.addAll(Aliases.before(scope.after()));
      }
      places.addAll(Aliases.before(scope.prefix()));
    }
    Future<Void> done = Future.succeededFuture();
    for (var key : places.stream().distinct().toList()) {
      done =
          done.compose(_ -> finder.versions(tree, key))
              .map(shown -> {
                alias(aliases, key, shown.versions());
                return null;
              });
    }
    return done.map(aliases);
  }

  private Future<EntryPage> resolve(NavigableMap<String, Entry> aliases) {
    var files = units.stream().filter(unit -> unit.items() != null).toList();
    return records
        .of(tree, files.stream().map(Unit::items).toList())
        .compose(found ->
            finder
                .deeds(tree, files.stream().map(Unit::key).toList())
                .map(deeds -> page(found, deeds, aliases)));
  }

  private EntryPage page(
      List<List<Seen>> found, Map<String, Deed> deeds, NavigableMap<String, Entry> aliases) {
    var shown = new TreeMap<String, Entry>(KeyOrder.INSTANCE);
    var prefixes = new TreeMap<String, Boolean>(KeyOrder.INSTANCE);
    int at = 0;
    for (var unit : units) {
      if (unit.items() == null) {
        prefixes.put(unit.key(), true);
        continue;
      }
      var seen = Covering.of(deeds.get(unit.key()), found.get(at++), silent.keySet()).shown();
      hasher.want(seen);
      var versions = Version.of(seen, tree.conflicts());
      if (!versions.isEmpty()) {
        shown.put(unit.key(), versions.getFirst().entry(unit.key(), null));
        alias(aliases, unit.key(), versions);
      }
    }
    boolean more = units.size() > max;
    place(aliases, shown, more ? units.getLast().key() : null);
    return cut(shown, prefixes, more);
  }

  private void alias(NavigableMap<String, Entry> aliases, String key, List<Version> versions) {
    for (int i = 1; i < versions.size(); i++) {
      var version = versions.get(i);
      var alias = Aliases.of(key, version.lead().source().originId(), aliases::containsKey);
      aliases.put(alias, version.entry(alias, key));
    }
  }

  /// Puts aliases among the keys, as far as these are known: what comes behind is met again.
  private void place(
      NavigableMap<String, Entry> aliases,
      NavigableMap<String, Entry> shown,
      @Nullable String bound) {
    for (var alias : List.copyOf(aliases.values())) {
      var conflictOf = alias.conflictOf();
      if (conflictOf == null) {
        continue;
      }
      var key =
          shown.containsKey(alias.key())
              ? Aliases.of(alias.key(), alias.originId(), shown::containsKey)
              : alias.key();
      boolean known = bound == null || KeyOrder.isBefore(key, bound);
      if (known && scope.side(key) == Scope.Side.WITHIN && scope.commonPrefix(key) == null) {
        shown.put(
            key,
            new Entry(
                key, alias.stamp(), alias.etag(), alias.originId(), conflictOf, alias.copies()));
      }
    }
  }

  private EntryPage cut(
      NavigableMap<String, Entry> shown, NavigableMap<String, Boolean> prefixes, boolean more) {
    var keys = new ArrayList<String>(shown.keySet());
    keys.addAll(prefixes.keySet());
    keys.sort(KeyOrder.INSTANCE);
    boolean cut = more || keys.size() > max;
    var kept = keys.size() > max ? keys.subList(0, max) : keys;
    var entries = new ArrayList<Entry>();
    var common = new ArrayList<String>();
    for (var key : kept) {
      var entry = shown.get(key);
      if (entry == null) {
        common.add(key);
      } else {
        entries.add(entry);
      }
    }
    return new EntryPage(
        entries,
        common,
        cut ? next(kept, keys.size() > max) : null,
        silent.isEmpty(),
        Finder.told(silent));
  }

  /// What was looked at and is not shown need not be looked at again.
  private String next(List<String> kept, boolean full) {
    var looked = units.size() > max ? units.get(max - 1).key() : units.getLast().key();
    return full || (!kept.isEmpty() && KeyOrder.isBefore(looked, kept.getLast()))
        ? kept.getLast()
        : looked;
  }
}
