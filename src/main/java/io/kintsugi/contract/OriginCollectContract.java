package io.kintsugi.contract;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.kernel.Call;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Giving space back on an origin. All calls are sent `at` an origin's id, by the collector alone:
/// what they take away must have been judged by the catalog just before. They can be asked again:
/// what was done already is done.
public final class OriginCollectContract {
  /// Shards in files of their own, and what lies in quarantine.
  public static final Call<TreatNames, NamesTreated> REMOVE_NAMES =
      new Call<>("origin.call.remove-names.v1", TreatNames.class, NamesTreated.class, 300_000);

  /// Shards in files of their own, and packs that are not being written: moved to `quarantine/`,
  /// where nobody reads them.
  public static final Call<TreatNames, NamesTreated> QUARANTINE_NAMES =
      new Call<>("origin.call.quarantine-names.v1", TreatNames.class, NamesTreated.class, 300_000);

  /// Back from quarantine to where they were.
  public static final Call<TreatNames, NamesTreated> RESTORE_NAMES =
      new Call<>("origin.call.restore-names.v1", TreatNames.class, NamesTreated.class, 300_000);

  /// Verified copies of shards of one pack, in a pack that is being written; each is told by
  /// itself. The answer means flushed. The old ones stay as they are.
  public static final Call<CopyRecords, RecordsCopied> COPY_RECORDS =
      new Call<>("origin.call.copy-records.v1", CopyRecords.class, RecordsCopied.class, 120_000);

  public static final Call<ListQuarantine, Quarantine> LIST_QUARANTINE =
      new Call<>("origin.call.list-quarantine.v1", ListQuarantine.class, Quarantine.class);

  /// Holds or releases the brake: a braked origin is neither written nor cleared.
  public static final Call<BrakeOrigin, OriginState> BRAKE_ORIGIN =
      new Call<>("origin.call.brake-origin.v1", BrakeOrigin.class, OriginState.class);

  /// Names to treat, at most 256.
  ///
  /// @param incarnation must be the origin's own
  /// @param names where they lie, or lay before quarantine: `objects/...` or `packs/...`
  /// @param quarantined to be removed from quarantine, not from where they lay before
  public record TreatNames(String incarnation, List<String> names, boolean quarantined) {
    public TreatNames {
      names = List.copyOf(names);
    }
  }

  /// What became of the names, in their order. Told only if the origin was still ours afterwards.
  public record NamesTreated(List<NameTreated> names) {
    public NamesTreated {
      names = List.copyOf(names);
    }
  }

  /// What became of one name.
  ///
  /// @param done it survives a loss of power that it is as asked
  /// @param found false: there was nothing of that name, in either place
  /// @param sizeBytes what it held, if it was found
  /// @param failure why it is not done
  public record NameTreated(
      String name, boolean done, boolean found, long sizeBytes, @Nullable String failure) {}

  /// Shards to copy, ascending by offset; at most 4 MiB in all.
  ///
  /// @param pack in which they lie
  public record CopyRecords(String incarnation, String pack, List<RecordCopy> records) {
    public CopyRecords {
      records = List.copyOf(records);
    }
  }

  /// A shard that a row says to lie in the pack.
  ///
  /// @param name of the copy: that of the shard, with a fresh attempt id
  /// @param footerSha256 hex
  public record RecordCopy(String name, long offset, long sizeBytes, String footerSha256) {}

  /// What became of the shards, in their order.
  ///
  /// @param markerVerified the origin was still ours after the look; if not, nothing may be called
  ///   missing
  public record RecordsCopied(List<RecordCopied> records, boolean markerVerified) {
    public RecordsCopied {
      records = List.copyOf(records);
    }
  }

  /// What became of one shard.
  ///
  /// @param packed where its copy lies; null: there is none
  /// @param evidence how the old one was found; every byte of what is copied was verified
  /// @param manifestOnly the damage is in header or footer alone
  /// @param detail what was found, or why there is no copy
  public record RecordCopied(
      @Nullable Packed packed, Evidence evidence, boolean manifestOnly, @Nullable String detail) {}

  /// Asks for what lies in quarantine, by names ascending.
  ///
  /// @param max 1 to 1000
  public record ListQuarantine(String incarnation, @Nullable String after, int max) {}

  /// One page of the quarantine.
  ///
  /// @param names as they were called before, `objects/...` or `packs/...`
  /// @param nextAfter null if this was the last page
  public record Quarantine(List<String> names, @Nullable String nextAfter) {
    public Quarantine {
      names = List.copyOf(names);
    }
  }

  /// How the brake is to stand.
  ///
  /// @param reason null: released
  public record BrakeOrigin(@Nullable String reason) {}

  private OriginCollectContract() {}
}
