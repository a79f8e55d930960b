package io.kintsugi.erasure;

import java.util.ArrayList;
import java.util.List;

/// A matrix of field elements, cut into the fewest passes over the source cells. A row of ones
/// costs next to nothing beside another row, and the code is chosen so that encoding, and mending
/// with the help of the first parity, have such a row.
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

  /// Writes the product's rows over `[from, to)` of the sources into the targets.
  void apply(Kernel kernel, byte[][] sources, byte[][] targets, int from, int to) {
    for (var pass : passes) {
      pass.run(kernel, sources, targets, from, to);
    }
  }

  /// The row that shares a pass with row `a`, or -1: one of the two is all ones, or they add up to
  /// all ones.
  private static int partner(byte[][] rows, boolean[] done, int a) {
    if (copied(rows[a]) >= 0) {
      return -1;
    }
    boolean onesFirst = isOnes(rows[a]);
    for (int b = a + 1; b < rows.length; b++) {
      boolean open = !done[b] && copied(rows[b]) < 0;
      if (open && (onesFirst != isOnes(rows[b]) || isOnes(sum(rows[a], rows[b])))) {
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
    return isOnes(row)
        ? (kernel, sources, targets, from, to) ->
            kernel.sum(sources, row.length, targets[a], from, to)
        : (kernel, sources, targets, from, to) ->
            kernel.weightedSum(row, sources, targets[a], from, to);
  }

  private static Pass pair(byte[][] rows, int a, int b) {
    int plain = isOnes(rows[a]) ? a : b;
    int weighted = plain == a ? b : a;
    var both = new Kernel.Both(rows[weighted], !isOnes(rows[plain]));
    return (kernel, sources, targets, from, to) ->
        kernel.bothSums(both, sources, targets[plain], targets[weighted], from, to);
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

  private static byte[] sum(byte[] a, byte[] b) {
    var sum = new byte[a.length];
    for (int j = 0; j < a.length; j++) {
      sum[j] = (byte) (a[j] ^ b[j]);
    }
    return sum;
  }
}
