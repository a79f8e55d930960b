package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The journal: every change of the catalog, on the origins themselves.
public final class JournalContract {
  public static final Call<Subsystem.Ask, Subsystem> STATUS =
      new Call<>("journal.call.status.v1", Subsystem.Ask.class, Subsystem.class);

  /// Answers once every change that was committed before the question lies on enough origins.
  public static final Call<Reach, Reached> REACH =
      new Call<>("journal.call.reach.v1", Reach.class, Reached.class, 10_000);

  public static final Call<GetJournal, JournalView> GET_JOURNAL =
      new Call<>("journal.call.get-journal.v1", GetJournal.class, JournalView.class);

  /// Begins to rebuild the catalog from the origins; [#GET_JOURNAL] tells how it goes. CONFLICT
  /// while the catalog is in use, or while a rebuild is under way.
  public static final Call<StartRebuild, JournalView> START_REBUILD =
      new Call<>("journal.call.start-rebuild.v1", StartRebuild.class, JournalView.class);

  public record Reach() {}

  /// The last change that lies on enough origins.
  public record Reached(long seq) {}

  public record GetJournal() {}

  /// How the journal is.
  ///
  /// @param state free, or why the catalog may not be used, see [CatalogJournalContract.GuardState]
  /// @param reachedSeq the last change that lies on enough origins; 0 before the first
  /// @param copies on how many origins every change should lie
  /// @param origins those that are written now
  /// @param rebuild the latest one since the node started
  public record JournalView(
      String state,
      @Nullable String reason,
      long reachedSeq,
      int copies,
      List<String> origins,
      @Nullable String warning,
      @Nullable RebuildView rebuild) {
    public JournalView {
      origins = List.copyOf(origins);
    }
  }

  /// Asks for a rebuild.
  ///
  /// @param dryRun only tells what would be restored
  /// @param acceptGap goes on where changes are missing
  /// @param fromEmpty drops what the catalog holds, and begins anew
  public record StartRebuild(boolean dryRun, boolean acceptGap, boolean fromEmpty) {}

  /// A rebuild and how it stands.
  ///
  /// @param phase reading, loading, replaying, adopting, finishing, done or failed
  /// @param fromSeq what the catalog had before
  /// @param toSeq the last change that the origins know
  /// @param seq how far it has come
  /// @param snapshotSeq the snapshot it began with; 0 if none
  /// @param sources origins whose journals were read
  /// @param gaps changes that no origin has any more, such as `17..20`
  /// @param refused files and records that were not believed, and why
  /// @param uncertain versions that lay whole on the origins and that no change tells of: adopted
  /// @param notAdopted those that were not, and why
  /// @param counts what the catalog holds now, or would hold
  /// @param error why it failed
  public record RebuildView(
      boolean dryRun,
      String phase,
      long fromSeq,
      long toSeq,
      long seq,
      long snapshotSeq,
      List<String> sources,
      List<String> gaps,
      List<String> refused,
      List<String> uncertain,
      List<String> notAdopted,
      Map<String, Long> counts,
      Instant started,
      @Nullable Instant ended,
      @Nullable String error) {
    public RebuildView {
      sources = List.copyOf(sources);
      gaps = List.copyOf(gaps);
      refused = List.copyOf(refused);
      uncertain = List.copyOf(uncertain);
      notAdopted = List.copyOf(notAdopted);
      counts = Map.copyOf(counts);
    }
  }

  private JournalContract() {}
}
