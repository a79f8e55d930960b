package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Origins that are away, and what the healer makes of it.
public final class AbsenceContract {
  /// Published whenever the state of an origin or what holds its rebuild up has changed.
  public static final Topic<AbsenceReport> ABSENCES_CHANGED =
      new Topic<>("heal.event.absences-changed.v1", AbsenceReport.class);

  public static final Call<GetAbsences, AbsenceReport> GET_ABSENCES =
      new Call<>("heal.call.get-absences.v1", GetAbsences.class, AbsenceReport.class);

  /// Counts an origin that is away as lost from now on, without waiting for `rebuild_after`, or
  /// takes that back. CONFLICT if it is here, NOT_FOUND if there is none of that name.
  public static final Call<SetLost, AbsenceReport> SET_LOST =
      new Call<>("heal.call.set-origin-lost.v1", SetLost.class, AbsenceReport.class);

  public record GetAbsences() {}

  public record SetLost(String originId, boolean lost) {}

  /// An origin that is not simply here.
  ///
  /// @param state away, absent (longer than `rebuild_after`), lost (declared) or returning (here,
  ///   but not for long enough to be relied on)
  /// @param since when it was first found away
  public record AbsentOrigin(String originId, String state, Instant since) {}

  /// How it stands with what is away.
  ///
  /// @param code NO_SPARE_DOMAIN or TOO_MANY_ABSENT if that holds a rebuild up; null: nothing does
  /// @param segments how many it holds up
  /// @param message the same for a person
  public record AbsenceReport(
      List<AbsentOrigin> origins,
      @Nullable String code,
      long segments,
      @Nullable String message,
      Instant at) {
    public AbsenceReport {
      origins = List.copyOf(origins);
    }
  }

  private AbsenceContract() {}
}
