package io.kintsugi.erasure;

import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The coder on byte vectors of one width. This class is the pattern: [VectorWidths] defines it once
/// per width, with the species as class data, because the compiler needs the species as a constant
/// and one source must serve all widths.
///
/// A product of a constant and a byte is the product of its low bits plus that of its high bits:
/// two selections from a vector each. Selection looks at the low bits of an index only, so the low
/// half needs no mask. The high half is shifted in words of 32 bits: what comes in from the
/// neighbouring byte lands in bits that the selection, or the table of the high half, ignores.
///
/// A range that is no multiple of the step ends with a step that overlaps the one before it: targets
/// are never sources, so computing bytes twice is harmless.
final class VectorKernel implements Kernel {
  private static final VectorSpecies<Byte> SPECIES = species();
  private static final int LANES = SPECIES.length();
  private static final int LOW_BITS = Integer.numberOfTrailingZeros(LANES);
  private static final int STEP = 2 * LANES;
  private static final byte[] LOW = Field.PRODUCTS;
  private static final byte[] HIGH = highProducts();

  @Override
  public String name() {
    return "vector-" + SPECIES.vectorBitSize();
  }

  @Override
  public int leastBytes() {
    return STEP;
  }

  @Override
  public void sum(byte[][] sources, int count, byte[] target, int from, int to) {
    for (int next = from; next < to; next += STEP) {
      int p = Math.min(next, to - STEP);
      var sum0 = ByteVector.zero(SPECIES);
      var sum1 = ByteVector.zero(SPECIES);
      for (int j = 0; j < count; j++) {
        byte[] source = sources[j];
        sum0 = add(sum0, load(source, p));
        sum1 = add(sum1, load(source, p + LANES));
      }
      sum0.intoArray(target, p);
      sum1.intoArray(target, p + LANES);
    }
  }

  @Override
  public void weightedSum(byte[] coefficients, byte[][] sources, byte[] target, int from, int to) {
    for (int next = from; next < to; next += STEP) {
      int p = Math.min(next, to - STEP);
      var sum0 = ByteVector.zero(SPECIES);
      var sum1 = ByteVector.zero(SPECIES);
      for (int j = 0; j < coefficients.length; j++) {
        byte[] source = sources[j];
        int coefficient = coefficients[j] & 0xff;
        var low = load(LOW, coefficient * Field.SIZE);
        var high = load(HIGH, coefficient * LANES);
        var data0 = load(source, p);
        var data1 = load(source, p + LANES);
        sum0 = add(add(sum0, data0.selectFrom(low)), highBits(data0).selectFrom(high));
        sum1 = add(add(sum1, data1.selectFrom(low)), highBits(data1).selectFrom(high));
      }
      sum0.intoArray(target, p);
      sum1.intoArray(target, p + LANES);
    }
  }

  @Override
  public void bothSums(
      Both both, byte[][] sources, byte[] plain, byte[] weighted, int from, int to) {
    byte[] coefficients = both.coefficients;
    var mix = ByteVector.broadcast(SPECIES, both.mixed ? -1 : 0);
    for (int next = from; next < to; next += STEP) {
      int p = Math.min(next, to - STEP);
      var plain0 = ByteVector.zero(SPECIES);
      var plain1 = ByteVector.zero(SPECIES);
      var sum0 = ByteVector.zero(SPECIES);
      var sum1 = ByteVector.zero(SPECIES);
      for (int j = 0; j < coefficients.length; j++) {
        byte[] source = sources[j];
        int coefficient = coefficients[j] & 0xff;
        var low = load(LOW, coefficient * Field.SIZE);
        var high = load(HIGH, coefficient * LANES);
        var data0 = load(source, p);
        var data1 = load(source, p + LANES);
        plain0 = add(plain0, data0);
        plain1 = add(plain1, data1);
        sum0 = add(add(sum0, data0.selectFrom(low)), highBits(data0).selectFrom(high));
        sum1 = add(add(sum1, data1.selectFrom(low)), highBits(data1).selectFrom(high));
      }
      add(plain0, sum0.and(mix)).intoArray(plain, p);
      add(plain1, sum1.and(mix)).intoArray(plain, p + LANES);
      sum0.intoArray(weighted, p);
      sum1.intoArray(weighted, p + LANES);
    }
  }

  private static ByteVector load(byte[] array, int p) {
    return ByteVector.fromArray(SPECIES, array, p);
  }

  private static ByteVector add(ByteVector a, ByteVector b) {
    return a.lanewise(VectorOperators.XOR, b);
  }

  private static ByteVector highBits(ByteVector data) {
    return data.reinterpretAsInts()
        .lanewise(VectorOperators.LSHR, LOW_BITS)
        .reinterpretAsBytes();
  }

  /// For each coefficient its products with the bytes whose low bits are zero, repeated to fill a
  /// vector.
  private static byte[] highProducts() {
    var products = new byte[Field.SIZE * LANES];
    for (int coefficient = 0; coefficient < Field.SIZE; coefficient++) {
      for (int lane = 0; lane < LANES; lane++) {
        int high = (lane << LOW_BITS) & 0xff;
        products[coefficient * LANES + lane] = (byte) Field.multiply(coefficient, high);
      }
    }
    return products;
  }

  private static VectorSpecies<Byte> species() {
    try {
      VectorSpecies<?> species =
          MethodHandles.classData(
              MethodHandles.lookup(), ConstantDescs.DEFAULT_NAME, VectorSpecies.class);
      return species.check(byte.class);
    } catch (IllegalAccessException e) {
      throw new LinkageError("no species for the vector kernel", e);
    }
  }
}
