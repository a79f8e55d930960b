package io.kintsugi.erasure;

/// The arithmetic of one pass over source cells. Every method reads the bytes `[from, to)`, a
/// multiple of the step, of the first sources and writes the same range of its targets, which are
/// never sources.
interface Kernel {
  String name();

  /// The number of bytes that it works on at once.
  int stepBytes();

  /// The sum of the first `count` sources.
  void sum(int count, byte[][] sources, byte[] target, int from, int to);

  /// The sum of the sources, each multiplied by its coefficient.
  void weightedSum(Weights weights, byte[][] sources, byte[] target, int from, int to);

  /// [#sum] and [#weightedSum]: the plain one is nearly free while the data is in registers.
  void bothSums(Weights weights, byte[][] sources, byte[] plain, byte[] weighted, int from, int to);
}
