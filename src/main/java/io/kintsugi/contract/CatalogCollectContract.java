package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the catalog knows of bytes that nobody needs any more. Each judgement is made in one
/// statement, on PostgreSQL's clock, and lasts: nothing can come to point to what is handed out
/// here.
public final class CatalogCollectContract {
  public static final Call<HoldCollection, CollectionHeld> HOLD_COLLECTION =
      new Call<>("catalog.call.hold-collection.v1", HoldCollection.class, CollectionHeld.class);
  public static final Call<RetireSegments, SegmentsRetired> RETIRE_SEGMENTS =
      new Call<>(
          "catalog.call.retire-segments.v1", RetireSegments.class, SegmentsRetired.class, 60_000);
  public static final Call<ListRemnants, Remnants> LIST_REMNANTS =
      new Call<>("catalog.call.list-remnants.v1", ListRemnants.class, Remnants.class);
  public static final Call<ConfirmGone, Done> CONFIRM_GONE =
      new Call<>("catalog.call.confirm-gone.v1", ConfirmGone.class, Done.class);
  public static final Call<NotePacks, Done> NOTE_PACKS =
      new Call<>("catalog.call.note-packs.v1", NotePacks.class, Done.class);
  public static final Call<NoteQuarantine, Done> NOTE_QUARANTINE =
      new Call<>("catalog.call.note-quarantine.v1", NoteQuarantine.class, Done.class);
  public static final Call<JudgeNames, NamesJudged> JUDGE_NAMES =
      new Call<>("catalog.call.judge-names.v1", JudgeNames.class, NamesJudged.class);
  public static final Call<SettleNames, Done> SETTLE_NAMES =
      new Call<>("catalog.call.settle-names.v1", SettleNames.class, Done.class);
  public static final Call<FindSparse, SparsePacks> FIND_SPARSE =
      new Call<>("catalog.call.find-sparse-packs.v1", FindSparse.class, SparsePacks.class, 60_000);
  public static final Call<MoveRecords, RecordsMoved> MOVE_RECORDS =
      new Call<>("catalog.call.move-records.v1", MoveRecords.class, RecordsMoved.class);
  public static final Call<GetLitter, Litter> GET_LITTER =
      new Call<>("catalog.call.get-litter.v1", GetLitter.class, Litter.class);
  public static final Call<NoteVerdicts, Done> NOTE_VERDICTS =
      new Call<>("catalog.call.note-verdicts.v1", NoteVerdicts.class, Done.class);
  public static final Call<ListVerdicts, Verdicts> LIST_VERDICTS =
      new Call<>("catalog.call.list-verdicts.v1", ListVerdicts.class, Verdicts.class);
  public static final Call<SetBrake, Done> SET_BRAKE =
      new Call<>("catalog.call.set-brake.v1", SetBrake.class, Done.class);

  /// Asks for the right to collect, which one has at a time; asked again before it ends, it is
  /// renewed.
  ///
  /// @param release gives it back instead
  public record HoldCollection(String holder, boolean release) {}

  /// Whether the asker may collect.
  ///
  /// @param epoch to be told with whatever is asked under it
  /// @param holder who has the right; null: nobody
  public record CollectionHeld(
      boolean held, long epoch, long leaseMillis, @Nullable String holder) {}

  /// Turns the location rows of segments that died longer ago than the grace into remnants, and
  /// drops remnants of origins that were removed or replaced, and rows that hold no bytes.
  ///
  /// @param epoch under which the asker holds the collection
  /// @param max segments at once, 1 to 1000
  public record RetireSegments(long epoch, int max) {}

  /// How many were retired.
  ///
  /// @param more ask again
  public record SegmentsRetired(long segments, boolean more) {}

  /// Remnants of one origin that are due, oldest first.
  ///
  /// @param epoch under which the asker holds the collection
  /// @param skip how many of them to pass over, because they could not be removed just now
  /// @param max 1 to 1000
  public record ListRemnants(long epoch, String originId, String incarnation, int skip, int max) {}

  public record Remnants(List<Remnant> remnants) {
    public Remnants {
      remnants = List.copyOf(remnants);
    }
  }

  /// A shard that lies on an origin and is nobody's any more.
  ///
  /// @param packed it lies in a pack, which goes as a whole one day
  public record Remnant(
      String writeId, int shardIndex, String attemptId, boolean packed, long sizeBytes) {}

  /// Says that an origin does not have them any more.
  ///
  /// @param freedBytes what that gave back
  public record ConfirmGone(
      String originId, String incarnation, List<Remnant> remnants, long freedBytes) {
    public ConfirmGone {
      remnants = List.copyOf(remnants);
    }
  }

  /// Packs that lie on an origin and are not written any more. Those that no row points into are
  /// noted as unreferenced.
  public record NotePacks(String originId, List<PackSeen> packs) {
    public NotePacks {
      packs = List.copyOf(packs);
    }
  }

  public record PackSeen(String name, long sizeBytes) {}

  /// Names that lie in quarantine. Those that nobody knows of are counted from now on.
  public record NoteQuarantine(String originId, List<String> names) {
    public NoteQuarantine {
      names = List.copyOf(names);
    }
  }

  /// Asks what is to become of unreferenced names of one origin, by names ascending.
  ///
  /// @param epoch under which the asker holds the collection
  /// @param max names to look at, 1 to 1000
  public record JudgeNames(long epoch, String originId, @Nullable String after, int max) {}

  /// What is to become of the names that were looked at; the others stay as they are.
  ///
  /// @param quarantine in no row, and nothing can come to point to them: they were condemned, and
  ///   whoever was at work then has ended
  /// @param restore condemned or in quarantine, but a row points to them
  /// @param remove in quarantine for the grace and still in no row
  /// @param nextAfter null if this was the last page
  public record NamesJudged(
      List<String> quarantine,
      List<String> restore,
      List<String> remove,
      @Nullable String nextAfter) {
    public NamesJudged {
      quarantine = List.copyOf(quarantine);
      restore = List.copyOf(restore);
      remove = List.copyOf(remove);
    }
  }

  /// What became of judged names.
  ///
  /// @param quarantined lie in quarantine now
  /// @param forgotten were restored, or are not there any more
  /// @param freedBytes what removing the latter gave back
  /// @param freedNames how many of them were removed
  public record SettleNames(
      String originId,
      List<NameMoved> quarantined,
      List<String> forgotten,
      long freedNames,
      long freedBytes) {
    public SettleNames {
      quarantined = List.copyOf(quarantined);
      forgotten = List.copyOf(forgotten);
    }
  }

  public record NameMoved(String name, long sizeBytes) {}

  /// Asks which packs of one origin hold little that lives, at most 64 of them.
  ///
  /// @param packs that are not written any more
  /// @param livePercent a pack is sparse below this
  public record FindSparse(
      String originId, String incarnation, List<PackSeen> packs, int livePercent) {
    public FindSparse {
      packs = List.copyOf(packs);
    }
  }

  public record SparsePacks(List<SparsePack> packs) {
    public SparsePacks {
      packs = List.copyOf(packs);
    }
  }

  /// A pack of which little lives, but something.
  public record SparsePack(String name, long sizeBytes, long liveBytes, long liveRecords) {}

  /// Points rows from an old pack to verified copies in another one of the same origin: exactly
  /// those that still point to the old place, of segments that live. Idempotent.
  ///
  /// @param epoch under which the asker holds the collection
  /// @param sessionId of the new attempts
  /// @param pack the old one
  public record MoveRecords(
      long epoch,
      String sessionId,
      String originId,
      String incarnation,
      String pack,
      List<RecordMove> moves) {
    public MoveRecords {
      moves = List.copyOf(moves);
    }
  }

  /// One shard that was copied.
  ///
  /// @param packed where the copy lies
  public record RecordMove(
      String writeId, int shardIndex, String oldAttemptId, String attemptId, Packed packed) {}

  /// How many rows point to the copies now.
  public record RecordsMoved(int moved) {}

  public record GetLitter() {}

  /// What is to be collected, and was.
  ///
  /// @param deadSegments died, and wait for the grace
  /// @param graceMillis how long what is dead stays
  public record Litter(List<OriginLitter> origins, long deadSegments, long graceMillis) {
    public Litter {
      origins = List.copyOf(origins);
    }
  }

  /// Of one origin.
  ///
  /// @param orphans in no row for longer than the grace, and not in quarantine yet
  /// @param names that rows point to; counted only if there are many orphans, in quarantine or not
  /// @param braked null: not braked
  public record OriginLitter(
      String originId,
      long remnants,
      long remnantBytes,
      long unreferenced,
      long orphans,
      long quarantined,
      long quarantinedBytes,
      long collectedNames,
      long collectedBytes,
      long names,
      @Nullable String braked) {}

  /// What a scan found of shards that rows expect: each was read, not only seen.
  public record NoteVerdicts(List<Verdict> verdicts) {
    public NoteVerdicts {
      verdicts = List.copyOf(verdicts);
    }
  }

  /// How a number of shards on one origin were found. Whoever met damage without having looked for
  /// it tells of that alone.
  ///
  /// @param bad corrupt or stale
  public record Verdict(String originId, int verified, int bad) {}

  /// Asks for the last verdicts on one origin.
  public record ListVerdicts(String originId) {}

  /// The last verdicts on one origin, latest first.
  ///
  /// @param braked why it is braked; null: it is not
  /// @param sinceBraked how many of them came after that
  /// @param names that rows point to there, counted to 1000; 0 if it is not braked
  public record Verdicts(
      List<Verdict> verdicts, @Nullable String braked, int sinceBraked, long names) {
    public Verdicts {
      verdicts = List.copyOf(verdicts);
    }
  }

  /// Brakes an origin, or releases it and forgets the verdicts on it.
  ///
  /// @param reason null: released
  public record SetBrake(String originId, @Nullable String reason) {}

  private CatalogCollectContract() {}
}
