package io.kintsugi.erasure;

import java.time.Duration;
import java.util.ArrayList;
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
      byte[][] weights = {new byte[count], new byte[count]};
      random.nextBytes(weights[0]);
      random.nextBytes(weights[1]);
      products.add(Product.of(new byte[][] {ones}));
      products.add(Product.of(new byte[][] {weights[0]}));
      products.add(Product.of(new byte[][] {ones, weights[0]}));
      products.add(Product.of(weights));
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
    for (var product : products) {
      product.apply(kernel, sources, targets, OFFSET, TO);
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
