package io.kintsugi.origin;

import io.kintsugi.kernel.Pure;
import java.util.Locale;

/// Decides what a circuit breaker lets through, beyond failures in a row: it also closes the way to
/// what answers too slowly, and lets no more than a few through until those went well.
///
/// @param outcomes of the last calls, the newest in the lowest two bits: 1 well, 2 slow, 3 failed
/// @param untilMillis when an open one lets the first through
/// @param trying calls under way that the others wait for
/// @param good of those that were let through to try
@Pure
record Gate(State state, long outcomes, int calls, long untilMillis, int trying, int good) {
  static final Gate CLOSED = new Gate(State.CLOSED, 0, 0, 0, 0, 0);

  /// So many of the last calls are looked at.
  static final int WINDOW = 20;

  /// Fewer calls than this say nothing of a rate.
  private static final int CALLS_MIN = 10;

  /// So many may be under way at once while it is tried, and as many must go well.
  static final int TRIALS = 3;

  private static final int BITS = 2;
  private static final int MASK = 3;

  enum State {
    CLOSED,
    OPEN,
    HALF_OPEN;

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  enum Outcome {
    WELL(1),
    SLOW(2),
    FAILED(3);

    private final long code;

    Outcome(long code) {
      this.code = code;
    }
  }

  /// Whether a call may go ahead, and how things stand then.
  record Admission(boolean admitted, Gate gate) {}

  Admission admit(long nowMillis) {
    return switch (state) {
      case CLOSED -> new Admission(true, this);
      case OPEN ->
          nowMillis < untilMillis
              ? new Admission(false, this)
              : new Admission(true, new Gate(State.HALF_OPEN, 0, 0, untilMillis, 1, 0));
      case HALF_OPEN ->
          trying >= TRIALS
              ? new Admission(false, this)
              : new Admission(
                  true, new Gate(state, outcomes, calls, untilMillis, trying + 1, good));
    };
  }

  /// A call that was let through has ended, without a word on how the origin fares.
  Gate left() {
    return state == State.HALF_OPEN
        ? new Gate(state, outcomes, calls, untilMillis, Math.max(0, trying - 1), good)
        : this;
  }

  /// An operation has shown something.
  ///
  /// @param openMillis how long it stays open, if this opens it
  Gate saw(Outcome outcome, long nowMillis, long openMillis) {
    long seen = ((outcomes << BITS) | outcome.code) & ((1L << (BITS * WINDOW)) - 1);
    int counted = Math.min(WINDOW, calls + 1);
    var next = new Gate(state, seen, counted, untilMillis, trying, good);
    return switch (state) {
      case OPEN -> next;
      case CLOSED -> next.isBad() ? next.opened(nowMillis, openMillis) : next;
      case HALF_OPEN ->
          switch (outcome) {
            case FAILED, SLOW -> next.opened(nowMillis, openMillis);
            case WELL ->
                good + 1 >= TRIALS
                    ? CLOSED
                    : new Gate(state, seen, counted, untilMillis, trying, good + 1);
          };
    };
  }

  /// It stays open for a while, for whatever reason.
  Gate opened(long nowMillis, long openMillis) {
    return new Gate(State.OPEN, outcomes, calls, nowMillis + openMillis, 0, 0);
  }

  /// The origin is well again, as far as probes can tell: a few may try.
  Gate tried() {
    return state == State.OPEN ? new Gate(State.HALF_OPEN, 0, 0, untilMillis, 0, 0) : this;
  }

  private boolean isBad() {
    return calls >= CALLS_MIN && 2 * (count(Outcome.SLOW) + count(Outcome.FAILED)) >= calls;
  }

  int count(Outcome outcome) {
    int count = 0;
    for (int i = 0; i < calls; i++) {
      if (((outcomes >>> (BITS * i)) & MASK) == outcome.code) {
        count++;
      }
    }
    return count;
  }
}
