package io.kintsugi.contract;

import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What was done to keys of federated buckets and has not reached each of their origins yet, as the
/// catalog keeps it. Of a key there is at most one deed, the latest; one that has reached every
/// origin is forgotten.
public final class CatalogDeedContract {
  /// Records a deed in place of what was recorded of the key. Asked again, it answers the same.
  /// CONFLICT (`what=key-busy`) while another one is open and being worked on, NOT_FOUND
  /// (`what=bucket`) without the tree.
  public static final Call<OpenDeed, Deed> OPEN_DEED =
      new Call<>("catalog.call.open-deed.v1", OpenDeed.class, Deed.class);

  /// The deed took place everywhere: it is forgotten, and what was written is known by its hash.
  /// Does nothing if it is not the latest of its key any more.
  public static final Call<SettleDeed, Done> SETTLE_DEED =
      new Call<>("catalog.call.settle-deed.v1", SettleDeed.class, Done.class);

  /// The deed took place, and some places are left; answered once the journal has it.
  public static final Call<SettleDeed, Done> KEEP_DEED =
      new Call<>("catalog.call.keep-deed.v1", SettleDeed.class, Done.class);

  /// The deed did not take place: what was recorded of the key before it holds again.
  public static final Call<UndoDeed, Done> UNDO_DEED =
      new Call<>("catalog.call.undo-deed.v1", UndoDeed.class, Done.class);

  public static final Call<FindDeeds, Deeds> FIND_DEEDS =
      new Call<>("catalog.call.find-deeds.v1", FindDeeds.class, Deeds.class);

  /// Hands out deeds with a place on one of these origins, each to one asker for a minute.
  public static final Call<ClaimDeeds, Deeds> CLAIM_DEEDS =
      new Call<>("catalog.call.claim-deeds.v1", ClaimDeeds.class, Deeds.class);

  /// Those of one tree, by key.
  public static final Call<ListDeeds, Deeds> LIST_DEEDS =
      new Call<>("catalog.call.list-deeds.v1", ListDeeds.class, Deeds.class);

  /// Where a deed has not arrived.
  ///
  /// @param seen the origin told what was there before the deed; else it was silent
  /// @param stamp of what was there before the deed, as far as known; null of a place that was
  ///   seen: nothing was
  /// @param target the deed itself writes there
  public record Place(
      String originId, String path, boolean seen, @Nullable FileStamp stamp, boolean target) {}

  /// What was done to a key.
  ///
  /// @param id 32 hex digits
  /// @param kind `written` or `deleted`
  /// @param sha256 hex, of what was written
  /// @param made by the catalog's clock
  /// @param open nobody knows yet whether it took place
  /// @param places where it has not arrived
  /// @param before the places of the deed before it, which hold again if this one did not take
  ///   place
  /// @param beforeMade null: there was none
  public record Deed(
      String id,
      String tree,
      String key,
      String kind,
      @Nullable String sha256,
      long sizeBytes,
      Instant made,
      boolean open,
      List<Place> places,
      List<Place> before,
      @Nullable Instant beforeMade) {
    public static final String WRITTEN = "written";
    public static final String DELETED = "deleted";

    public Deed {
      places = List.copyOf(places);
      before = List.copyOf(before);
    }
  }

  /// A deed to be recorded before it is done.
  ///
  /// @param open whether it may come to nothing
  public record OpenDeed(
      String id,
      String tree,
      String key,
      String kind,
      @Nullable String sha256,
      long sizeBytes,
      boolean open,
      List<Place> places) {
    public OpenDeed {
      places = List.copyOf(places);
    }
  }

  /// How far a deed has come.
  ///
  /// @param places that are left
  /// @param written files that bear the new content now
  /// @param restMillis for how long nobody is to be handed it
  public record SettleDeed(
      String id,
      String tree,
      String key,
      List<Place> places,
      List<SaveFileRecord> written,
      long restMillis) {
    public SettleDeed {
      places = List.copyOf(places);
      written = List.copyOf(written);
    }
  }

  public record UndoDeed(String id, String tree, String key) {}

  /// At most 20000 keys.
  public record FindDeeds(String tree, List<String> keys) {
    public FindDeeds {
      keys = List.copyOf(keys);
    }
  }

  public record ClaimDeeds(List<String> originIds, int max) {
    public ClaimDeeds {
      originIds = List.copyOf(originIds);
    }
  }

  public record ListDeeds(String tree, @Nullable String afterKey, int max) {}

  public record Deeds(List<Deed> deeds) {
    public Deeds {
      deeds = List.copyOf(deeds);
    }
  }

  private CatalogDeedContract() {}
}
