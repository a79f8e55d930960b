package io.kintsugi.erasure;

/// The coder that runs on every machine: one table look-up per byte and coefficient.
final class ScalarKernel implements Kernel {
  static final ScalarKernel INSTANCE = new ScalarKernel();

  private ScalarKernel() {}

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public int stepBytes() {
    return 1;
  }

  @Override
  public void sum(int count, byte[][] sources, byte[] target, int from, int to) {
    System.arraycopy(sources[0], from, target, from, to - from);
    for (int j = 1; j < count; j++) {
      add(sources[j], target, from, to);
    }
  }

  @Override
  public void weightedSum(Weights weights, byte[][] sources, byte[] target, int from, int to) {
    byte[] products = Field.PRODUCTS;
    byte[] coefficients = weights.coefficients;
    for (int j = 0; j < coefficients.length; j++) {
      byte[] source = sources[j];
      int row = (coefficients[j] & 0xff) * Field.SIZE;
      if (j == 0) {
        for (int p = from; p < to; p++) {
          target[p] = products[row + (source[p] & 0xff)];
        }
      } else {
        for (int p = from; p < to; p++) {
          target[p] ^= products[row + (source[p] & 0xff)];
        }
      }
    }
  }

  @Override
  public void bothSums(
      Weights weights, byte[][] sources, byte[] plain, byte[] weighted, int from, int to) {
    sum(weights.count(), sources, plain, from, to);
    weightedSum(weights, sources, weighted, from, to);
  }

  private static void add(byte[] source, byte[] target, int from, int to) {
    for (int p = from; p < to; p++) {
      target[p] ^= source[p];
    }
  }
}
