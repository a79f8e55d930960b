package io.kintsugi.heal;

import io.kintsugi.contract.CatalogAbsenceContract.Absence;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.kernel.Pure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Which origins count as absent, decided from what is seen of them and what was noted before.
///
/// An origin that comes and goes is neither: it is absent only once it has not been back for good
/// for `rebuild_after` and did not answer once in the last minute of it, and it is back only once
/// it has stayed for a while.
@Pure
final class AbsencePlan {
  /// So long it must have been away without a break, as this process itself has seen.
  private static final Duration UNBROKEN_MAX = Duration.ofMinutes(1);

  /// So long it must stay to be back for good.
  private static final Duration SETTLING_MAX = Duration.ofMinutes(5);

  private AbsencePlan() {}

  /// What an origin is taken for; one that is simply here is nothing of these.
  enum State {
    AWAY,
    ABSENT,
    LOST,
    RETURNING;

    boolean isAbsent() {
      return this == ABSENT || this == LOST;
    }
  }

  /// Since when an origin has been here, or away, without a break.
  record Stretch(boolean here, Instant since) {}

  /// What follows.
  ///
  /// @param away to be noted, each with what it is taken for
  /// @param back to be forgotten
  record Decision(Map<String, State> states, List<Absence> away, List<String> back) {
    Decision {
      states = Map.copyOf(states);
      away = List.copyOf(away);
      back = List.copyOf(back);
    }

    /// Whether the catalog does not know this yet.
    boolean isNews(Map<String, Absence> noted) {
      return !back.isEmpty()
          || away.stream().anyMatch(absence -> !absence.equals(noted.get(absence.originId())));
    }
  }

  /// What is seen now, as stretches: a stretch goes on while nothing changes.
  static Map<String, Stretch> stretches(
      Map<String, Stretch> before, Map<String, Boolean> here, Instant now) {
    var stretches = new HashMap<String, Stretch>();
    here.forEach((id, isHere) -> {
      var old = before.get(id);
      stretches.put(id, old != null && old.here() == isHere ? old : new Stretch(isHere, now));
    });
    return stretches;
  }

  /// @param noted by origin, as the catalog has it
  static Decision decide(
      HealPolicy policy, Map<String, Stretch> seen, Map<String, Absence> noted, Instant now) {
    var states = new TreeMap<String, State>();
    var away = new ArrayList<Absence>();
    var back = new ArrayList<String>();
    var ids = new HashSet<>(seen.keySet());
    ids.addAll(noted.keySet());
    for (var id : ids.stream().sorted().toList()) {
      // Nothing was seen of it, so it is not here; and this has only just been found out.
      var stretch = seen.getOrDefault(id, new Stretch(false, now));
      var known = noted.get(id);
      if (stretch.here() && known == null) {
        continue;
      }
      if (stretch.here() && isOver(stretch.since(), settling(policy), now)) {
        back.add(id);
        continue;
      }
      var state = state(policy, stretch, known, now);
      states.put(id, state);
      away.add(
          new Absence(
              id,
              known == null ? now : known.since(),
              known != null && known.declared(),
              state.isAbsent()));
    }
    return new Decision(states, away, back);
  }

  private static State state(
      HealPolicy policy, Stretch stretch, @Nullable Absence known, Instant now) {
    if (stretch.here()) {
      return State.RETURNING;
    }
    if (known == null) {
      return State.AWAY;
    }
    if (known.declared()) {
      return State.LOST;
    }
    if (policy.rebuildAfter() == HealPolicy.NEVER) {
      return State.AWAY;
    }
    var after = Duration.ofMillis(policy.rebuildAfter());
    var unbroken = after.compareTo(UNBROKEN_MAX) < 0 ? after : UNBROKEN_MAX;
    boolean absent = isOver(known.since(), after, now) && isOver(stretch.since(), unbroken, now);
    return absent ? State.ABSENT : State.AWAY;
  }

  private static Duration settling(HealPolicy policy) {
    var after = Duration.ofMillis(policy.rebuildAfter());
    boolean never = policy.rebuildAfter() == HealPolicy.NEVER;
    return never || after.compareTo(SETTLING_MAX) > 0 ? SETTLING_MAX : after;
  }

  private static boolean isOver(Instant since, Duration time, Instant now) {
    return !now.isBefore(since.plus(time));
  }
}
