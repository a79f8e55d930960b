package io.kintsugi.erasure;

/// The coefficients of one weighted sum, with the tables that the kernels want, side by side, so
/// that the inner loops find all of a source in one place.
///
/// A product of a constant and a byte is the product of the byte's low bits plus that of its high
/// bits. A vector of L lanes splits the byte after log2(L) bits and holds L products of either
/// half. The low half is the same list for every width; the high half has a table for each.
final class Weights {
  static final int STRIDE = 192;
  private static final int LANES_MAX = 64;

  final byte[] coefficients;
  final byte[] tables;

  Weights(byte[] coefficients) {
    this.coefficients = coefficients;
    this.tables = new byte[coefficients.length * STRIDE];
    for (int j = 0; j < coefficients.length; j++) {
      fill(j * STRIDE, coefficients[j] & 0xff);
    }
  }

  int count() {
    return coefficients.length;
  }

  /// Where the table of the high half begins within a stride: after the low half, the widest first.
  static int highOffset(int lanes) {
    return switch (lanes) {
      case 64 -> LANES_MAX;
      case 32 -> 2 * LANES_MAX;
      case 16 -> 2 * LANES_MAX + LANES_MAX / 2;
      default -> throw new IllegalArgumentException("no table for " + lanes + " lanes");
    };
  }

  private void fill(int at, int coefficient) {
    for (int lane = 0; lane < LANES_MAX; lane++) {
      tables[at + lane] = (byte) Field.multiply(coefficient, lane);
    }
    for (int lanes = LANES_MAX; lanes >= LANES_MAX / 4; lanes /= 2) {
      int lowBits = Integer.numberOfTrailingZeros(lanes);
      for (int lane = 0; lane < lanes; lane++) {
        int high = (lane << lowBits) & 0xff;
        tables[at + highOffset(lanes) + lane] = (byte) Field.multiply(coefficient, high);
      }
    }
  }
}
