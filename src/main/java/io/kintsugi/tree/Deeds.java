package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract;
import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogDeedContract.FindDeeds;
import io.kintsugi.contract.CatalogDeedContract.OpenDeed;
import io.kintsugi.contract.CatalogDeedContract.Place;
import io.kintsugi.contract.CatalogDeedContract.SettleDeed;
import io.kintsugi.contract.CatalogDeedContract.UndoDeed;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.TreeWriteContract;
import io.kintsugi.contract.TreeWriteContract.EntryChanged;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was done to keys and has not reached every origin, as the catalog has it.
final class Deeds {
  private static final Logger LOG = LoggerFactory.getLogger(Deeds.class);

  private final World world;

  Deeds(World world) {
    this.world = world;
  }

  /// By key. A tree that takes writes cannot be shown without: what was deleted would be back.
  Future<Map<String, Deed>> of(Tree tree, List<String> keys) {
    if (keys.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return world
        .bus()
        .ask(CatalogDeedContract.FIND_DEEDS, new FindDeeds(tree.name(), keys))
        .map(found -> {
          Map<String, Deed> deeds = new HashMap<>();
          found.deeds().forEach(deed -> deeds.put(deed.key(), deed));
          return deeds;
        })
        .recover(cause -> {
          if (tree.writes()) {
            return Future.failedFuture(cause);
          }
          LOG.debug("what was done to keys was not read: {}", Failure.from(cause).text());
          return Future.succeededFuture(Map.of());
        });
  }

  Future<@Nullable Deed> of(Tree tree, String key) {
    return of(tree, List.of(key)).map(deeds -> deeds.get(key));
  }

  Future<Deed> written(Tree tree, String key, String sha256, long sizeBytes, List<Place> places) {
    return open(tree, key, Deed.WRITTEN, sha256, sizeBytes, true, places);
  }

  /// From here on the key is gone, whatever the origins still have.
  Future<Deed> deleted(Tree tree, String key, List<Place> places) {
    return open(tree, key, Deed.DELETED, null, 0, false, places);
  }

  private Future<Deed> open(
      Tree tree,
      String key,
      String kind,
      @Nullable String sha256,
      long sizeBytes,
      boolean open,
      List<Place> places) {
    var hex = HexFormat.of();
    var id =
        hex.toHexDigits(world.random().nextLong()) + hex.toHexDigits(world.random().nextLong());
    return world
        .bus()
        .ask(
            CatalogDeedContract.OPEN_DEED,
            new OpenDeed(id, tree.name(), key, kind, sha256, sizeBytes, open, places));
  }

  /// The deed has come so far. While no place is left it is over.
  ///
  /// @param restMillis for how long nobody is to look after what is left
  Future<Done> reached(Deed deed, List<Place> left, List<SaveFileRecord> written, long restMillis) {
    var call = left.isEmpty() ? CatalogDeedContract.SETTLE_DEED : CatalogDeedContract.KEEP_DEED;
    return world
        .bus()
        .ask(call, new SettleDeed(deed.id(), deed.tree(), deed.key(), left, written, restMillis));
  }

  Future<Done> undo(Deed deed) {
    return world
        .bus()
        .ask(CatalogDeedContract.UNDO_DEED, new UndoDeed(deed.id(), deed.tree(), deed.key()));
  }

  void tell(String tree, String key, String change) {
    world.bus().publish(TreeWriteContract.ENTRY_CHANGED, new EntryChanged(tree, key, change));
  }
}
