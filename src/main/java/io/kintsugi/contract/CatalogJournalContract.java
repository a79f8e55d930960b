package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What passes between the catalog and its journal: the order of all changes, the guard that keeps
/// a catalog which is older than its origins from being used, and the way back from the origins.
public final class CatalogJournalContract {
  /// A hint: the catalog has changes that nobody has read yet.
  public static final Topic<ChangesMade> CHANGES_MADE =
      new Topic<>("catalog.event.changes-made.v1", ChangesMade.class);

  /// The catalog was taken into use, or refused to be.
  public static final Topic<GuardState> GUARD_MOVED =
      new Topic<>("catalog.event.guard-moved.v1", GuardState.class);

  public static final Call<GetJournalState, JournalState> GET_JOURNAL_STATE =
      new Call<>("catalog.call.get-journal-state.v1", GetJournalState.class, JournalState.class);
  public static final Call<ReadChanges, Changes> READ_CHANGES =
      new Call<>("catalog.call.read-changes.v1", ReadChanges.class, Changes.class);
  public static final Call<SetGuard, GuardState> SET_GUARD =
      new Call<>("catalog.call.set-guard.v1", SetGuard.class, GuardState.class);

  /// Makes a snapshot of everything that a rebuild needs, in one transaction, and keeps it until
  /// the next one or [#FORGET_CHANGES]. Answers the seq whose state it is.
  public static final Call<MakeSnapshot, SnapshotMade> MAKE_SNAPSHOT =
      new Call<>("catalog.call.make-snapshot.v1", MakeSnapshot.class, SnapshotMade.class, 600_000);

  public static final Call<ReadSnapshot, SnapshotPage> READ_SNAPSHOT =
      new Call<>("catalog.call.read-snapshot.v1", ReadSnapshot.class, SnapshotPage.class);

  /// Drops the snapshot that was made, and the changes up to a seq of which enough origins hold an
  /// older whole snapshot.
  public static final Call<ForgetChanges, Done> FORGET_CHANGES =
      new Call<>("catalog.call.forget-changes.v1", ForgetChanges.class, Done.class, 120_000);

  /// Answered only while the guard holds the catalog back.
  public static final Call<BeginRebuild, JournalState> BEGIN_REBUILD =
      new Call<>("catalog.call.begin-rebuild.v1", BeginRebuild.class, JournalState.class, 120_000);

  public static final Call<LoadSnapshot, Done> LOAD_SNAPSHOT =
      new Call<>("catalog.call.load-snapshot.v1", LoadSnapshot.class, Done.class, 120_000);
  public static final Call<ReplayChanges, Replayed> REPLAY_CHANGES =
      new Call<>("catalog.call.replay-changes.v1", ReplayChanges.class, Replayed.class, 120_000);
  public static final Call<FindUnknown, Unknown> FIND_UNKNOWN =
      new Call<>("catalog.call.find-unknown-writes.v1", FindUnknown.class, Unknown.class);

  /// Answers which of these packs may hold shards that no row tells of.
  public static final Call<FindGapped, Gapped> FIND_GAPPED =
      new Call<>("catalog.call.find-gapped-packs.v1", FindGapped.class, Gapped.class, 120_000);

  public static final Call<AdoptVersion, Adopted> ADOPT_VERSION =
      new Call<>("catalog.call.adopt-version.v1", AdoptVersion.class, Adopted.class);
  public static final Call<FinishRebuild, Contents> FINISH_REBUILD =
      new Call<>("catalog.call.finish-rebuild.v1", FinishRebuild.class, Contents.class, 120_000);

  public record ChangesMade() {}

  public record GetJournalState() {}

  /// Where the catalog stands.
  ///
  /// @param seq of its last change; 0 if there never was one
  /// @param firstKept seq of the oldest change that it still has as a row; seq + 1 if it has none
  /// @param parityMax the largest m of any bucket
  /// @param rebuilding a rebuild began and has not ended
  public record JournalState(
      String clusterId,
      long seq,
      long firstKept,
      int parityMax,
      boolean rebuilding,
      GuardState guard) {}

  /// Whether the catalog may be used.
  ///
  /// @param code free, unexamined (nobody has compared it with the origins yet), lost (it is empty,
  ///   and origins are not), behind (origins know later changes), forked (they know other ones),
  ///   other-cluster, or rebuilding
  /// @param reason for a person; null while free
  public record GuardState(String code, @Nullable String reason) {
    /// Whether it may be read and written.
    public boolean isFree() {
      return code.equals("free");
    }
  }

  /// Sets the guard.
  ///
  /// @param clusterId a catalog in which nothing was ever written takes this id; null: it keeps its
  ///   own
  public record SetGuard(String code, @Nullable String reason, @Nullable String clusterId) {}

  /// Changes in their order, at most so many and of about so many bytes.
  public record ReadChanges(long afterSeq, int max, int bytesMax) {}

  /// Changes of the catalog.
  ///
  /// @param more whether there are more behind them
  public record Changes(List<Change> changes, boolean more) {
    public Changes {
      changes = List.copyOf(changes);
    }
  }

  /// One change of the catalog.
  ///
  /// @param seq its place in the order of all changes, which is that of their commits
  /// @param at when its transaction began
  /// @param bodyJson what it was, by its kind
  public record Change(long seq, String kind, Instant at, String bodyJson) {}

  public record MakeSnapshot() {}

  public record SnapshotMade(long seq, long rows) {}

  public record ReadSnapshot(long after, int max, int bytesMax) {}

  /// One page of a snapshot.
  ///
  /// @param nextAfter null if this was the last
  public record SnapshotPage(List<SnapshotRow> rows, @Nullable Long nextAfter) {
    public SnapshotPage {
      rows = List.copyOf(rows);
    }
  }

  /// One row of one table.
  public record SnapshotRow(String table, String rowJson) {}

  public record ForgetChanges(long upToSeq) {}

  /// Begins a rebuild, or goes on with one.
  ///
  /// @param fromEmpty drops whatever the catalog holds
  public record BeginRebuild(boolean fromEmpty) {}

  /// Rows of a snapshot, in any order, each as often as one likes.
  ///
  /// @param seq set once they are all there; null: more follow
  public record LoadSnapshot(List<SnapshotRow> rows, @Nullable Long seq) {
    public LoadSnapshot {
      rows = List.copyOf(rows);
    }
  }

  /// Changes to apply again. Those that the catalog has are left out.
  ///
  /// @param acceptGap whether the first may lie further than one behind the catalog's last
  public record ReplayChanges(List<Change> changes, boolean acceptGap) {
    public ReplayChanges {
      changes = List.copyOf(changes);
    }
  }

  public record Replayed(long seq) {}

  /// Asks which of these writes may have been committed though no row names them: not those that
  /// were refused, nor those whose session can commit them no more.
  public record FindUnknown(List<String> writeIds) {
    public FindUnknown {
      writeIds = List.copyOf(writeIds);
    }
  }

  public record Unknown(List<String> writeIds) {
    public Unknown {
      writeIds = List.copyOf(writeIds);
    }
  }

  /// Packs of one origin as they lie there, at most 1,000.
  public record FindGapped(String originId, List<PackFile> packs) {
    public FindGapped {
      packs = List.copyOf(packs);
    }
  }

  public record PackFile(String pack, long sizeBytes) {}

  /// Packs whose rows do not fill them.
  public record Gapped(List<String> packs) {
    public Gapped {
      packs = List.copyOf(packs);
    }
  }

  /// A version that lies whole on the origins and that no change tells of.
  ///
  /// @param began when its writing began
  public record AdoptVersion(
      String bucket,
      String key,
      String versionId,
      ObjectInfo info,
      List<Segment> segments,
      Instant began) {
    public AdoptVersion {
      segments = List.copyOf(segments);
    }
  }

  /// What became of it.
  ///
  /// @param reason why it was not adopted; null if it was
  public record Adopted(@Nullable String reason) {}

  public record FinishRebuild() {}

  /// What the catalog holds now.
  ///
  /// @param counts rows by what they are: buckets, objects, versions, segments, uploads, parts,
  ///   policies, origins
  public record Contents(long seq, Map<String, Long> counts) {
    public Contents {
      counts = Map.copyOf(counts);
    }
  }

  private CatalogJournalContract() {}
}
