package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeCareContract;
import io.kintsugi.contract.CatalogTreeCareContract.ListRotten;
import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeCareContract.Damage;
import io.kintsugi.contract.TreeCareContract.RotFound;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies that are known to be rotten, and what came of them. The catalog has them too, so that the
/// next life knows them.
final class Rots {
  private static final Logger LOG = LoggerFactory.getLogger(Rots.class);
  private static final int PAGE = 1_000;

  private final World world;
  private final Map<FileName, Damage> damages = new HashMap<>();
  private Consumer<Damage> listener = _ -> {};

  Rots(World world) {
    this.world = world;
  }

  /// Called for each that is new here.
  void whenFound(Consumer<Damage> ear) {
    listener = ear;
  }

  /// Takes those in that the catalog has, whoever found them.
  Future<Void> load() {
    return load(null, null);
  }

  private Future<Void> load(@Nullable String originId, @Nullable String path) {
    return world
        .bus()
        .ask(CatalogTreeCareContract.LIST_ROTTEN, new ListRotten(originId, path, PAGE))
        .compose(found -> {
          found.records().forEach(this::note);
          if (found.records().size() < PAGE) {
            return Future.succeededFuture();
          }
          var last = found.records().getLast();
          return load(last.originId(), last.path());
        });
  }

  private static FileName name(FileRecord record) {
    return new FileName(record.originId(), record.path());
  }

  /// A file was just read.
  void proved(FileRecord record) {
    if (record.rotSha256() == null) {
      damages.remove(name(record));
    } else if (note(record)) {
      LOG.warn(
          "rot: the bytes changed while size and time did not origin={} path={}",
          record.originId(),
          record.path());
      world
          .bus()
          .publish(
              TreeCareContract.ROT_FOUND,
              new RotFound(
                  record.originId(),
                  record.path(),
                  record.sha256(),
                  record.rotSha256(),
                  world.clock().instant()));
    }
  }

  /// True if nobody here knew.
  private boolean note(FileRecord record) {
    var rot = record.rotSha256();
    var known = damages.get(name(record));
    if (rot == null
        || (known != null
            && known.rotSha256().equals(rot)
            && known.stamp().equals(record.stamp()))) {
      return false;
    }
    var damage =
        new Damage(
            record.originId(),
            record.path(),
            record.stamp(),
            record.sha256(),
            rot,
            Damage.FOUND,
            null);
    damages.put(name(record), damage);
    listener.accept(damage);
    return true;
  }

  /// Says what came of it, unless it is gone by now.
  void become(Damage damage, String state, String reason) {
    damages.computeIfPresent(
        name(damage),
        (_, now) ->
            new Damage(
                now.originId(),
                now.path(),
                now.stamp(),
                now.sha256(),
                now.rotSha256(),
                state,
                reason));
  }

  private static FileName name(Damage damage) {
    return new FileName(damage.originId(), damage.path());
  }

  /// It is no copy of anything any more.
  void forget(Damage damage) {
    damages.remove(name(damage));
  }

  /// In the order of origins and paths.
  List<Damage> all() {
    var sorted = new TreeMap<String, Damage>();
    damages.values().forEach(one -> sorted.put(one.originId() + "\0" + one.path(), one));
    return List.copyOf(sorted.values());
  }
}
