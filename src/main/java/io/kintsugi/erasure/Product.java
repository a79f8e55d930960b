package io.kintsugi.erasure;

import java.util.ArrayList;
import java.util.List;

/// A matrix of field elements, cut into the fewest passes over the source cells: a row of ones
/// costs next to nothing beside another row.
final class Product {
  /// One walk over the sources.
  private interface Pass {
    void run(Kernel kernel, byte[][] sources, byte[][] targets, int from, int to);
  }

  private final List<Pass> passes;

  private Product(List<Pass> passes) {
    this.passes = List.copyOf(passes);
  }

  static Product of(byte[][] rows) {
    var passes = new ArrayList<Pass>();
    var done = new boolean[rows.length];
    for (int a = 0; a < rows.length; a++) {
      if (!done[a]) {
        int partner = partner(rows, done, a);
        passes.add(partner < 0 ? single(rows, a) : pair(rows, a, partner));
        done[a] = true;
        if (partner >= 0) {
          done[partner] = true;
        }
      }
    }
    return new Product(passes);
  }

  /// Writes the product's rows over `[from, to)` of the sources into the targets. What is left over
  /// after the last whole step of the kernel is covered by one more step that ends at `to`:
  /// computing bytes twice is harmless. A range below one step is the scalar kernel's.
  void apply(Kernel kernel, byte[][] sources, byte[][] targets, int from, int to) {
    int step = kernel.stepBytes();
    if (to - from < step) {
      apply(ScalarKernel.INSTANCE, sources, targets, from, to);
      return;
    }
    int whole = to - (to - from) % step;
    run(kernel, sources, targets, from, whole);
    if (whole < to) {
      run(kernel, sources, targets, to - step, to);
    }
  }

  private void run(Kernel kernel, byte[][] sources, byte[][] targets, int from, int to) {
    for (var pass : passes) {
      pass.run(kernel, sources, targets, from, to);
    }
  }

  /// The row that shares a pass with row `a`, or -1: a row of ones and a weighted one.
  private static int partner(byte[][] rows, boolean[] done, int a) {
    for (int b = a + 1; b < rows.length && copied(rows[a]) < 0; b++) {
      if (!done[b] && copied(rows[b]) < 0 && isOnes(rows[a]) != isOnes(rows[b])) {
        return b;
      }
    }
    return -1;
  }

  private static Pass single(byte[][] rows, int a) {
    byte[] row = rows[a];
    int source = copied(row);
    if (source >= 0) {
      return (_, sources, targets, from, to) ->
          System.arraycopy(sources[source], from, targets[a], from, to - from);
    }
    if (isOnes(row)) {
      return (kernel, sources, targets, from, to) ->
          kernel.sum(row.length, sources, targets[a], from, to);
    }
    var weights = new Weights(row);
    return (kernel, sources, targets, from, to) ->
        kernel.weightedSum(weights, sources, targets[a], from, to);
  }

  private static Pass pair(byte[][] rows, int a, int b) {
    int plain = isOnes(rows[a]) ? a : b;
    int weighted = plain == a ? b : a;
    var weights = new Weights(rows[weighted]);
    return (kernel, sources, targets, from, to) ->
        kernel.bothSums(weights, sources, targets[plain], targets[weighted], from, to);
  }

  /// The only source of a row that is a plain copy, or -1.
  private static int copied(byte[] row) {
    int source = -1;
    for (int j = 0; j < row.length; j++) {
      if (row[j] != 0) {
        if (row[j] != 1 || source >= 0) {
          return -1;
        }
        source = j;
      }
    }
    return source;
  }

  private static boolean isOnes(byte[] row) {
    for (byte element : row) {
      if (element != 1) {
        return false;
      }
    }
    return true;
  }
}
