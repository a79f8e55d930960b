package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Origins that are away, as the catalog keeps them, and the rows that follow from it: shards are
/// added elsewhere while their origin is away, and what is there twice once it is back is trimmed.
public final class CatalogAbsenceContract {
  public static final Call<ListAbsences, Absences> LIST_ABSENCES =
      new Call<>("catalog.call.list-absences.v1", ListAbsences.class, Absences.class);
  public static final Call<NoteAbsences, Absences> NOTE_ABSENCES =
      new Call<>("catalog.call.note-absences.v1", NoteAbsences.class, Absences.class);
  public static final Call<DeclareLost, Absences> DECLARE_LOST =
      new Call<>("catalog.call.declare-lost.v1", DeclareLost.class, Absences.class);
  public static final Call<FindNeeded, Needed> FIND_NEEDED =
      new Call<>("catalog.call.find-needed-origins.v1", FindNeeded.class, Needed.class, 120_000);
  public static final Call<OpenRebuilds, RebuildsOpened> OPEN_REBUILDS =
      new Call<>("catalog.call.open-rebuilds.v1", OpenRebuilds.class, RebuildsOpened.class, 60_000);
  public static final Call<OpenTrims, TrimsOpened> OPEN_TRIMS =
      new Call<>("catalog.call.open-trims.v1", OpenTrims.class, TrimsOpened.class, 60_000);
  public static final Call<TrimShards, ShardsTrimmed> TRIM_SHARDS =
      new Call<>("catalog.call.trim-shards.v1", TrimShards.class, ShardsTrimmed.class);

  public record ListAbsences() {}

  public record Absences(List<Absence> absences) {
    public Absences {
      absences = List.copyOf(absences);
    }
  }

  /// An origin that is away, or was until a moment ago.
  ///
  /// @param since when it was first found away; it has not been back for good since
  /// @param declared an operator said that it is lost
  /// @param absent its shards count as ABSENT
  public record Absence(String originId, Instant since, boolean declared, boolean absent) {}

  /// Notes what was seen of origins.
  ///
  /// @param away a known absence keeps its beginning and what was declared
  /// @param back are here for good: their absence is forgotten, what was declared with it
  public record NoteAbsences(List<Absence> away, List<String> back) {
    public NoteAbsences {
      away = List.copyOf(away);
      back = List.copyOf(back);
    }
  }

  /// Says that an origin is lost, or takes that back. A change: the journal has it.
  public record DeclareLost(String originId, boolean lost, Instant at) {}

  /// Asks which of these origins hold a live shard that lies on none but these.
  public record FindNeeded(List<String> originIds) {
    public FindNeeded {
      originIds = List.copyOf(originIds);
    }
  }

  public record Needed(List<String> originIds) {
    public Needed {
      originIds = List.copyOf(originIds);
    }
  }

  /// An origin that is here.
  ///
  /// @param usable it can be written now
  public record Spot(String originId, String domain, boolean usable) {}

  /// Opens a heal row for each live segment of a page that lacks a shard because of absent origins
  /// and has a failure domain free for it. Pages go by write id.
  ///
  /// @param absent origins whose shards count as absent
  /// @param count how many origins are absent at once and still needed: segments with less parity
  ///   are left alone
  /// @param spots origins that are here
  /// @param max segments to look at, 1 to 10000
  public record OpenRebuilds(
      List<String> absent, int count, List<Spot> spots, @Nullable String after, int max) {
    public OpenRebuilds {
      absent = List.copyOf(absent);
      spots = List.copyOf(spots);
    }
  }

  /// What a page came to.
  ///
  /// @param opened segments that have an open row now because of it
  /// @param waiting segments that lack a shard and find no free failure domain
  /// @param held segments that lack a shard while too many origins are absent
  /// @param nextAfter null if this was the last page
  public record RebuildsOpened(long opened, long waiting, long held, @Nullable String nextAfter) {}

  /// Opens a row, cause `surplus`, for each live segment of a page with more than one copy of a
  /// shard and no open row.
  ///
  /// @param max segments to look at, 1 to 10000
  public record OpenTrims(@Nullable String after, int max) {}

  /// What a page came to.
  ///
  /// @param skipped segments that have an open row for another reason
  public record TrimsOpened(long opened, long skipped, @Nullable String nextAfter) {}

  /// Drops rows of shards that are there twice, of a segment still alive. What they pointed to is
  /// garbage from then on.
  public record TrimShards(
      String sessionId, long taskId, int attempt, String writeId, List<Trim> trims) {
    public TrimShards {
      trims = List.copyOf(trims);
    }
  }

  /// One row to drop.
  ///
  /// @param keptAttemptId the copy that was verified and stays; without it nothing is dropped
  public record Trim(int shardIndex, String attemptId, String keptAttemptId) {}

  /// What was dropped, by attempt id.
  public record ShardsTrimmed(List<String> attemptIds) {
    public ShardsTrimmed {
      attemptIds = List.copyOf(attemptIds);
    }
  }

  private CatalogAbsenceContract() {}
}
