package io.kintsugi.erasure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Warms a kernel up, compares its bits with the scalar kernel's, and times it.
final class KernelTrial {
  /// Enough for the compiler to have asked for the final code of every method.
  private static final int SHORT_ROUNDS = 300;

  private static final Duration SHORT_ROUNDS_LIMIT = Duration.ofSeconds(20);

  /// A width that the processor lacks is recognised after this long.
  private static final Duration TIMING_LIMIT = Duration.ofSeconds(5);

  /// A kernel is warm when its best round has not become better for this long.
  private static final Duration SETTLED = Duration.ofMillis(200);

  private static final int SOURCES_MAX = 8;
  private static final int CELL_BYTES = 8 * 1024;

  /// Odd on purpose: the last step overlaps, and no vector is aligned.
  private static final int OFFSET = 13;

  private static final int TO = OFFSET + CELL_BYTES - 7;

  /// Code that is not compiled yet takes milliseconds for a long cell, and it is the number of
  /// calls that makes the compiler act.
  private static final int SHORT_TO = OFFSET + 1000;

  private final byte[][] sources = new byte[SOURCES_MAX][OFFSET + CELL_BYTES];
  private final byte[][] targets = new byte[2][OFFSET + CELL_BYTES];
  private final List<Product> products = new ArrayList<>();

  private KernelTrial() {
    var random = new Random(0x6b696e74);
    for (byte[] source : sources) {
      random.nextBytes(source);
    }
    for (int count = 2; count <= SOURCES_MAX; count++) {
      var ones = new byte[count];
      Arrays.fill(ones, (byte) 1);
      var weights = new byte[count];
      random.nextBytes(weights);
      products.add(Product.of(new byte[][] {ones}));
      products.add(Product.of(new byte[][] {weights}));
      products.add(Product.of(new byte[][] {ones, weights}));
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

  /// Warms the kernel up, then runs rounds until they get no faster. It gives up at the limit on
  /// one that never becomes faster than `toBeat`.
  private long bestRoundNanos(Kernel kernel, long toBeat) {
    warmUp(kernel);
    long started = System.nanoTime();
    long improved = started;
    long best = Long.MAX_VALUE;
    long now = started;
    while (now - started < TIMING_LIMIT.toNanos()) {
      long before = now;
      round(kernel, TO);
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

  private void warmUp(Kernel kernel) {
    long deadline = System.nanoTime() + SHORT_ROUNDS_LIMIT.toNanos();
    for (int i = 0; i < SHORT_ROUNDS && System.nanoTime() - deadline < 0; i++) {
      round(kernel, SHORT_TO);
    }
  }

  private void round(Kernel kernel, int to) {
    for (var product : products) {
      product.apply(kernel, sources, targets, OFFSET, to);
    }
  }

  private boolean agrees(Kernel kernel, Kernel reference) {
    for (var product : products) {
      product.apply(kernel, sources, targets, OFFSET, TO);
      byte[][] answers = {targets[0].clone(), targets[1].clone()};
      product.apply(reference, sources, targets, OFFSET, TO);
      if (!Arrays.deepEquals(answers, targets)) {
        return false;
      }
    }
    return true;
  }
}
