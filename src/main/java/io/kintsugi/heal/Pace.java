package io.kintsugi.heal;

import io.kintsugi.kernel.Pure;

/// How fast heals may move bytes to and from each origin. While nobody else wants anything they go
/// as fast as they can. Under load they start with caution and speed up while those in the
/// foreground do not notice. As soon as they do, heals slow down and remember at which rate it was:
/// from then on they are quickly back at three quarters of it, take a minute for the last quarter,
/// and go on beyond it more slowly still. They never go below a floor: damage that is never mended
/// is worse than a slow answer.
///
/// @param bytesPerSecond for each origin
/// @param ceiling the rate at which heals were last felt; 0 if that is not known
/// @param yielding whether they were still felt when last looked at
/// @param usual what the foreground's answers take, in the middle
/// @param slowest what all but one of a hundred answers take at most
/// @param silentSeconds since somebody last wanted something
/// @param learntSeconds how long the usual was looked at
@Pure
record Pace(
    long bytesPerSecond,
    long ceiling,
    boolean yielding,
    Feel usual,
    Feel slowest,
    int silentSeconds,
    int learntSeconds) {
  static final long UNBOUNDED = Long.MAX_VALUE;
  static final long FLOOR = 1_000_000;
  static final long CAUTIOUS = 8_000_000;
  static final long TOP = 512_000_000;

  /// Below it heals are hardly felt: chance must not hold them there for minutes.
  static final long LEAST_CEILING = 4_000_000;

  /// Those who come back after that may want something else.
  static final int FORGETTING_SECONDS = 600;

  /// Before anything is known.
  static final Pace START = new Pace(UNBOUNDED, 0, false, Feel.UNKNOWN, Feel.UNKNOWN, 0, 0);

  private static final int SILENCE_SECONDS = 3;
  private static final int LEARNING_SECONDS = 5;

  /// In the middle, answers differ little from second to second.
  private static final double USUAL_NOISE_MILLIS = 1;

  private static final double SLOWEST_NOISE_MILLIS = 2;

  /// While no ceiling is known: a tenth faster each second.
  private static final int FIRST_PARTS = 10;

  /// Far below the ceiling: a quarter faster.
  private static final int FASTER_PARTS = 4;

  /// From three quarters of the ceiling to all of it in a minute.
  private static final int NEAR_PARTS = 240;

  /// Beyond the ceiling, where nobody felt it this time.
  private static final int BEYOND_PARTS = 100;

  /// The foreground in the second that just passed.
  ///
  /// @param inFlight operations that have not ended
  /// @param operations how many ended
  record Load(int inFlight, long operations, double p50Millis, double p99Millis) {
    static final Load NONE = new Load(0, 0, 0, 0);
  }

  boolean isBounded() {
    return bytesPerSecond != UNBOUNDED;
  }

  /// The pace of the next second.
  ///
  /// @param healing whether heals run now
  Pace next(Load load, boolean healing) {
    if (load.operations() == 0) {
      return unasked(load);
    }
    // At the floor heals are hardly felt.
    boolean innocent = !healing || bytesPerSecond <= FLOOR;
    var middle = usual.meet(load.p50Millis(), innocent);
    var last = slowest.meet(load.p99Millis(), innocent);
    int learnt = innocent ? Math.min(learntSeconds + 1, LEARNING_SECONDS) : learntSeconds;
    if (learnt < LEARNING_SECONDS) {
      return new Pace(FLOOR, ceiling, false, middle, last, 0, learnt);
    }
    if (!healing || !isBounded()) {
      return new Pace(beginning(), ceiling, false, middle, last, 0, learnt);
    }
    if (middle.isSlow(USUAL_NOISE_MILLIS) || last.isSlow(SLOWEST_NOISE_MILLIS)) {
      long slower = Math.max(FLOOR, bytesPerSecond / 2);
      return new Pace(slower, felt(), true, middle, last, 0, learnt);
    }
    if (middle.isCalm(USUAL_NOISE_MILLIS) && last.isCalm(SLOWEST_NOISE_MILLIS)) {
      return new Pace(faster(), ceiling, false, middle, last, 0, learnt);
    }
    // What begins to be felt ends the search for the ceiling.
    long known = ceiling == 0 && bytesPerSecond > CAUTIOUS ? bytesPerSecond : ceiling;
    return new Pace(bytesPerSecond, known, yielding, middle, last, 0, learnt);
  }

  /// Somebody came while heals had everything to themselves: he does not wait until it is known
  /// what he bears.
  Pace woken() {
    long rate = learntSeconds < LEARNING_SECONDS ? FLOOR : beginning();
    return isBounded()
        ? this
        : new Pace(rate, ceiling, false, usual.later(), slowest.later(), 0, learntSeconds);
  }

  private Pace unasked(Load load) {
    int silent = load.inFlight() == 0 ? Math.min(silentSeconds + 1, FORGETTING_SECONDS) : 0;
    boolean alone = silent >= SILENCE_SECONDS;
    return new Pace(
        alone ? UNBOUNDED : bytesPerSecond,
        silent == FORGETTING_SECONDS ? 0 : ceiling,
        yielding && !alone,
        alone ? usual.later() : usual,
        alone ? slowest.later() : slowest,
        silent,
        learntSeconds);
  }

  private long beginning() {
    return ceiling == 0 ? CAUTIOUS : Math.max(FLOOR, Math.min(CAUTIOUS, ceiling / 2));
  }

  /// The ceiling, now that somebody feels something. What is felt at the floor are not the heals,
  /// and neither was what drove them there; while they give way, it is the same trouble still.
  private long felt() {
    if (bytesPerSecond <= FLOOR) {
      return 0;
    }
    return yielding ? ceiling : Math.max(LEAST_CEILING, bytesPerSecond);
  }

  private long faster() {
    long near = ceiling - ceiling / FASTER_PARTS;
    long rate = bytesPerSecond;
    if (ceiling == 0) {
      rate += rate / FIRST_PARTS;
    } else if (rate < near) {
      rate = Math.min(near, rate + rate / FASTER_PARTS);
    } else if (rate < ceiling) {
      rate += Math.max(1, ceiling / NEAR_PARTS);
    } else {
      rate += rate / BEYOND_PARTS;
    }
    return Math.min(TOP, rate);
  }
}
