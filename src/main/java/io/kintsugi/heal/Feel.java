package io.kintsugi.heal;

import io.kintsugi.kernel.Pure;

/// How long the foreground waits, and how long where heals cannot be the cause. A single slow
/// second says nothing: there are such without heals too.
///
/// @param usualMillis 0 if it is not known
/// @param lastMillis of the last second; 0 if it is not known
/// @param recentMillis of the better one of the last two seconds
@Pure
record Feel(double usualMillis, double lastMillis, double recentMillis) {
  static final Feel UNKNOWN = new Feel(0, 0, 0);

  private static final double SLOW = 1.3;
  private static final double CALM = 1.15;
  private static final double USUAL_WEIGHT = 0.1;

  /// What is faster than usual is so in spite of heals; but seconds differ, and to learn from the
  /// fast ones alone makes the others look slow.
  private static final double FAST_WEIGHT = 0.02;

  /// After one more second.
  ///
  /// @param innocent whether heals cannot be the cause of it
  Feel meet(double millis, boolean innocent) {
    double before = lastMillis == 0 ? usualMillis : lastMillis;
    double recent = before == 0 ? millis : Math.min(before, millis);
    if (innocent) {
      return new Feel(mix(usualMillis, millis, USUAL_WEIGHT), millis, recent);
    }
    double usual = millis < usualMillis ? mix(usualMillis, millis, FAST_WEIGHT) : usualMillis;
    return new Feel(usual, millis, recent);
  }

  /// What was of late is no longer.
  Feel later() {
    return new Feel(usualMillis, 0, 0);
  }

  /// @param noiseMillis differences below it say nothing, however short the answers are
  boolean isSlow(double noiseMillis) {
    return recentMillis > SLOW * usualMillis + noiseMillis;
  }

  boolean isCalm(double noiseMillis) {
    return recentMillis < CALM * usualMillis + noiseMillis;
  }

  /// In the middle of ratios: one second that is five times as slow must not count like five.
  private static double mix(double before, double now, double weight) {
    return before == 0 || now == 0 ? now : before * Math.pow(now / before, weight);
  }
}
