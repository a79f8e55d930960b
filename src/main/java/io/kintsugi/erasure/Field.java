package io.kintsugi.erasure;

/// The field of 256 elements with the polynomial 0x11d, as one table of all products.
final class Field {
  /// The product of `a` and `b` stands at `a * 256 + b`.
  static final byte[] PRODUCTS = products();

  static final int SIZE = 256;

  private static final int POLYNOMIAL = 0x11d;

  private Field() {}

  static int multiply(int a, int b) {
    return PRODUCTS[a * SIZE + b] & 0xff;
  }

  static int inverse(int a) {
    for (int candidate = 1; candidate < SIZE; candidate++) {
      if (multiply(a, candidate) == 1) {
        return candidate;
      }
    }
    throw new ArithmeticException("zero has no inverse");
  }

  private static byte[] products() {
    var powers = new int[2 * (SIZE - 1)];
    var logarithms = new int[SIZE];
    int power = 1;
    for (int exponent = 0; exponent < SIZE - 1; exponent++) {
      powers[exponent] = power;
      powers[exponent + SIZE - 1] = power;
      logarithms[power] = exponent;
      power = power < SIZE / 2 ? power << 1 : (power << 1) ^ POLYNOMIAL;
    }
    var products = new byte[SIZE * SIZE];
    for (int a = 1; a < SIZE; a++) {
      for (int b = 1; b < SIZE; b++) {
        products[a * SIZE + b] = (byte) powers[logarithms[a] + logarithms[b]];
      }
    }
    return products;
  }
}
