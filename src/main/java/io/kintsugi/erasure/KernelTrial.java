package io.kintsugi.erasure;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Warms a kernel up, compares its bits with the scalar kernel's, and times it.
final class KernelTrial {
  /// A width that the processor lacks is recognised after this long; a good one takes a second.
  private static final Duration WARM_UP_LIMIT = Duration.ofSeconds(4);

  /// A kernel is warm when its best round has not become better for this long.
  private static final Duration SETTLED = Duration.ofMillis(300);

  private static final int SOURCES_MAX = 8;
  private static final int CELL_BYTES = 8 * 1024;

  /// Odd on purpose: the last step overlaps, and no vector is aligned.
  private static final int OFFSET = 13;

  private static final int TO = OFFSET + CELL_BYTES - 7;

  private final byte[][] sources = new byte[SOURCES_MAX][OFFSET + CELL_BYTES];
  private final byte[] plain = new byte[OFFSET + CELL_BYTES];
  private final byte[] weighted = new byte[OFFSET + CELL_BYTES];
  private final byte[] alone = new byte[OFFSET + CELL_BYTES];
  private final byte[] mended = new byte[OFFSET + CELL_BYTES];
  private final byte[][] coefficients = new byte[SOURCES_MAX + 1][];

  private KernelTrial() {
    var random = new Random(0x6b696e74);
    for (byte[] source : sources) {
      random.nextBytes(source);
    }
    for (int count = 1; count <= SOURCES_MAX; count++) {
      coefficients[count] = new byte[count];
      random.nextBytes(coefficients[count]);
    }
  }

  /// The fastest sound kernel of `candidates`, the widest first and the reference last. Narrower
  /// ones are tried until one is slower than the one before it.
  static Kernel fastest(List<Kernel> candidates) {
    var trial = new KernelTrial();
    var reference = candidates.getLast();
    var fastest = reference;
    long bestNanos = trial.bestRoundNanos(reference, Long.MAX_VALUE);
    long previousNanos = Long.MAX_VALUE;
    for (var candidate : candidates.subList(0, candidates.size() - 1)) {
      long nanos = trial.bestRoundNanos(candidate, bestNanos);
      if (nanos < bestNanos && trial.agrees(candidate, reference)) {
        fastest = candidate;
        bestNanos = nanos;
      }
      if (nanos > previousNanos) {
        return fastest;
      }
      previousNanos = nanos;
    }
    return fastest;
  }

  /// Runs rounds until they get no faster, and gives up at the limit on a kernel that never becomes
  /// faster than `toBeat`.
  private long bestRoundNanos(Kernel kernel, long toBeat) {
    long started = System.nanoTime();
    long improved = started;
    long best = Long.MAX_VALUE;
    long now = started;
    while (now - started < WARM_UP_LIMIT.toNanos()) {
      long before = now;
      round(kernel);
      now = System.nanoTime();
      if (now - before < best - best / 32) {
        best = now - before;
        improved = now;
      }
      if (best < toBeat && now - improved > SETTLED.toNanos()) {
        return best;
      }
    }
    return best;
  }

  private void round(Kernel kernel) {
    for (int count = 1; count <= SOURCES_MAX; count++) {
      run(kernel, count, false);
    }
  }

  private void run(Kernel kernel, int count, boolean mixed) {
    var both = new Kernel.Both(coefficients[count], mixed);
    kernel.bothSums(both, sources, plain, weighted, OFFSET, TO);
    kernel.weightedSum(coefficients[count], sources, alone, OFFSET, TO);
    kernel.sum(sources, count, mended, OFFSET, TO);
  }

  private boolean agrees(Kernel kernel, Kernel reference) {
    for (int count = 1; count <= SOURCES_MAX; count++) {
      for (boolean mixed : new boolean[] {false, true}) {
        run(kernel, count, mixed);
        byte[][] answers = {plain.clone(), weighted.clone(), alone.clone(), mended.clone()};
        run(reference, count, mixed);
        if (!Arrays.deepEquals(answers, new byte[][] {plain, weighted, alone, mended})) {
          return false;
        }
      }
    }
    return true;
  }
}
