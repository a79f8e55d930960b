package io.kintsugi.mirror;

/// A random number for each value of a byte. Where files are cut follows from these, so they are
/// the same for ever: the first 256 of SplitMix64 from the seed on.
final class Gear {
  /// `kintsugi` in ASCII.
  static final long SEED = 0x6b69_6e74_7375_6769L;

  private static final long STEP = 0x9e37_79b9_7f4a_7c15L;

  private Gear() {}

  static long[] table() {
    var table = new long[256];
    long state = SEED;
    for (int i = 0; i < table.length; i++) {
      state += STEP;
      table[i] = mix(state);
    }
    return table;
  }

  private static long mix(long state) {
    long z = (state ^ (state >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }
}
