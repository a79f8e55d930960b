package io.kintsugi.heal;

import io.kintsugi.kernel.Pure;

/// How fast heals may move bytes to and from each origin. While nobody else wants anything they go
/// as fast as they can. Under load they start with caution, speed up while those in the foreground
/// do not notice, and slow down as soon as they do, but never below a floor: damage that is never
/// mended is worse than a slow answer.
///
/// @param bytesPerSecond for each origin
/// @param usualMillis the foreground's p99 where heals cannot be the cause; 0 if it is not known
/// @param recentMillis the foreground's p99 of late
/// @param silentSeconds since somebody last wanted something
/// @param learntSeconds how long the usual was looked at
@Pure
record Pace(
    long bytesPerSecond,
    double usualMillis,
    double recentMillis,
    int silentSeconds,
    int learntSeconds) {
  static final long UNBOUNDED = Long.MAX_VALUE;
  static final long FLOOR = 1_000_000;
  static final long CAUTIOUS = 8_000_000;
  static final long TOP = 512_000_000;

  /// Before anything is known.
  static final Pace START = new Pace(UNBOUNDED, 0, 0, 0, 0);

  private static final int SILENCE_SECONDS = 3;
  private static final int LEARNING_SECONDS = 5;
  private static final double SLOW = 1.3;
  private static final double CALM = 1.15;

  /// Differences below it are noise, however short the answers are.
  private static final double NOISE_MILLIS = 2;

  private static final double RECENT_WEIGHT = 0.5;
  private static final double USUAL_WEIGHT = 0.1;
  private static final int FASTER_PARTS = 4;

  /// The foreground in the second that just passed.
  ///
  /// @param inFlight operations that have not ended
  /// @param operations how many ended
  record Load(int inFlight, long operations, double p99Millis) {
    static final Load NONE = new Load(0, 0, 0);
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
    double recent = mix(recentMillis, load.p99Millis(), RECENT_WEIGHT);
    // At the floor heals are hardly felt; and what is faster than usual is so in spite of them.
    boolean learns = !healing || bytesPerSecond <= FLOOR || recent < usualMillis;
    double usual = learns ? mix(usualMillis, load.p99Millis(), USUAL_WEIGHT) : usualMillis;
    int learnt = learns ? Math.min(learntSeconds + 1, LEARNING_SECONDS) : learntSeconds;
    return new Pace(rate(recent, usual, learnt, healing), usual, recent, 0, learnt);
  }

  /// Somebody came while heals had everything to themselves: he does not wait until it is known
  /// what he bears.
  Pace woken() {
    long rate = learntSeconds < LEARNING_SECONDS ? FLOOR : CAUTIOUS;
    return isBounded() ? this : new Pace(rate, usualMillis, 0, 0, learntSeconds);
  }

  private Pace unasked(Load load) {
    int silent = load.inFlight() == 0 ? silentSeconds + 1 : 0;
    boolean alone = silent >= SILENCE_SECONDS;
    return new Pace(
        alone ? UNBOUNDED : bytesPerSecond,
        usualMillis,
        alone ? 0 : recentMillis,
        Math.min(silent, SILENCE_SECONDS),
        learntSeconds);
  }

  private long rate(double recent, double usual, int learnt, boolean healing) {
    if (learnt < LEARNING_SECONDS) {
      return FLOOR;
    }
    if (!healing || !isBounded()) {
      return CAUTIOUS;
    }
    if (recent > SLOW * usual + NOISE_MILLIS) {
      return Math.max(FLOOR, bytesPerSecond / 2);
    }
    if (recent < CALM * usual + NOISE_MILLIS) {
      return Math.min(TOP, bytesPerSecond + bytesPerSecond / FASTER_PARTS);
    }
    return bytesPerSecond;
  }

  private static double mix(double before, double now, double weight) {
    return before == 0 ? now : before + weight * (now - before);
  }
}
