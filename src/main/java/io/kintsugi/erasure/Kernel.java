package io.kintsugi.erasure;

/// The arithmetic of one pass over source cells. Every method reads the bytes `[from, to)` of the
/// first `coefficients.length` (or `count`) sources and writes the same range of its targets, which
/// are never sources.
interface Kernel {
  String name();

  /// The shortest range it accepts.
  int leastBytes();

  /// The sum of the sources.
  void sum(byte[][] sources, int count, byte[] target, int from, int to);

  /// The sum of the sources, each multiplied by its coefficient.
  void weightedSum(byte[] coefficients, byte[][] sources, byte[] target, int from, int to);

  /// Both sums in one pass: the plain one is nearly free while the data is in registers. With
  /// `mixed`, the plain target receives the sum of the two.
  void bothSums(Both both, byte[][] sources, byte[] plain, byte[] weighted, int from, int to);

  /// What [#bothSums] computes.
  final class Both {
    final byte[] coefficients;
    final boolean mixed;

    Both(byte[] coefficients, boolean mixed) {
      this.coefficients = coefficients;
      this.mixed = mixed;
    }
  }
}
