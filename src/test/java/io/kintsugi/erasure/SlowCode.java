package io.kintsugi.erasure;

/// The code as its definition reads, bit by bit: the reference that the fast coders are held
/// against. It shares nothing with them.
final class SlowCode {
  private SlowCode() {}

  static int multiply(int a, int b) {
    int product = 0;
    for (int bit = 7; bit >= 0; bit--) {
      product <<= 1;
      if ((product & 0x100) != 0) {
        product ^= 0x11d;
      }
      if ((b >> bit & 1) != 0) {
        product ^= a;
      }
    }
    return product;
  }

  static int inverse(int a) {
    int power = 1;
    for (int i = 0; i < 254; i++) {
      power = multiply(power, a);
    }
    return power;
  }

  static int element(int k, int i, int j) {
    int scaled = multiply(inverse((k + i) ^ j), inverse(k));
    return multiply(scaled, inverse(multiply(inverse(k ^ j), inverse(k + i))));
  }

  static byte[] parity(int k, int i, byte[][] shards, int offset, int cellBytes) {
    var parity = new byte[cellBytes];
    for (int j = 0; j < k; j++) {
      int element = element(k, i, j);
      for (int p = 0; p < cellBytes; p++) {
        parity[p] ^= (byte) multiply(element, shards[j][offset + p] & 0xff);
      }
    }
    return parity;
  }
}
