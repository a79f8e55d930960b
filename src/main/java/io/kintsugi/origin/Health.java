package io.kintsugi.origin;

import io.kintsugi.kernel.Pure;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How well an origin answers, from what probes and ordinary work met. Work makes it ill as probes
/// do, and at once; only probes, in a row and after some calm, make it well again.
///
/// @param word hampered or not, this is how it answers
/// @param probeFailures in a row
/// @param workFailures in a row
/// @param successes of probes in a row, since the last failure of any kind
/// @param ejections how often it stopped being well lately
/// @param sinceMillis when it came to be as it is
/// @param failedMillis when it last failed
/// @param reason of the last failure; null when well
@Pure
record Health(
    Word word,
    int probeFailures,
    int workFailures,
    int successes,
    int ejections,
    long sinceMillis,
    long failedMillis,
    @Nullable String reason) {
  static final Health UNKNOWN = new Health(Word.UNKNOWN, 0, 0, 0, 0, 0, 0, null);

  /// In words, best first. Unknown is treated as degraded, and is never healthy.
  enum Word {
    HEALTHY,
    DEGRADED,
    UNKNOWN,
    UNHEALTHY;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    boolean isUsable() {
      return this != UNHEALTHY;
    }
  }

  int failures() {
    return probeFailures + workFailures;
  }

  Health probeFailed(HealthRules rules, long nowMillis, String why) {
    return failed(rules, nowMillis, why, probeFailures + 1, workFailures);
  }

  Health workFailed(HealthRules rules, long nowMillis, String why) {
    return failed(rules, nowMillis, why, probeFailures, workFailures + 1);
  }

  private Health failed(HealthRules rules, long nowMillis, String why, int probes, int work) {
    boolean wasWell = word == Word.HEALTHY;
    int times = wasWell ? remembered(rules, nowMillis) + 1 : ejections;
    var next = word;
    if (probes + work >= rules.fall()) {
      next = Word.UNHEALTHY;
    } else if (wasWell) {
      next = Word.DEGRADED;
    }
    return new Health(
        next, probes, work, 0, times, next == word ? sinceMillis : nowMillis, nowMillis, why);
  }

  /// Of the times that it stopped being well, those that being well since has not outweighed.
  private int remembered(HealthRules rules, long nowMillis) {
    long forgotten = (nowMillis - sinceMillis) / rules.forget().toMillis();
    return (int) Math.max(0, ejections - forgotten);
  }

  /// That the marker can be read does not outweigh work that failed just before; but where no work
  /// comes any more, because it is unhealthy, nothing else could.
  Health probeSucceeded(HealthRules rules, long nowMillis) {
    int row = successes + 1;
    boolean isWell = word == Word.HEALTHY;
    boolean recovers =
        word == Word.UNKNOWN || (row >= rules.rise() && nowMillis >= calmMillis(rules));
    if (isWell || recovers) {
      long since = isWell ? sinceMillis : nowMillis;
      return new Health(Word.HEALTHY, 0, 0, row, ejections, since, failedMillis, null);
    }
    int work = word == Word.DEGRADED ? workFailures : 0;
    return new Health(word, 0, work, row, ejections, sinceMillis, failedMillis, reason);
  }

  Health workSucceeded() {
    return workFailures == 0
        ? this
        : new Health(
            word, probeFailures, 0, successes, ejections, sinceMillis, failedMillis, reason);
  }

  /// When it will have been calm for long enough, if it does not fail again.
  long calmMillis(HealthRules rules) {
    return failedMillis + rules.calm(ejections).toMillis();
  }

  boolean isHeld(HealthRules rules, long nowMillis) {
    return word != Word.HEALTHY && word != Word.UNKNOWN && nowMillis < calmMillis(rules);
  }

  /// What others are told.
  ///
  /// @param hampered it answers, but does not do all it should (full, read-only, slow)
  Word told(boolean hampered) {
    return word == Word.HEALTHY && hampered ? Word.DEGRADED : word;
  }
}
