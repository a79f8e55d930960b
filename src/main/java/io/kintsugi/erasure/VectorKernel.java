package io.kintsugi.erasure;

import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The coder on byte vectors of one width. This class is the pattern: [VectorWidths] defines it
/// once per width, with the species as class data, because the compiler needs the species as a
/// constant and one source must serve all widths.
///
/// The products come from [Weights] by selection, two per byte. Selection looks at the low bits of
/// an index only, so the low half of a byte needs no mask. The high half is shifted in words of 32
/// bits: what comes in from the neighbouring byte lands in bits that the selection, or the table of
/// the high half, ignores.
///
/// All loops have the same shape, two vectors of each source at a time. The compiler gives up on
/// longer ones, and then they are ten times slower: measure before changing anything here.
final class VectorKernel implements Kernel {
  private static final VectorSpecies<Byte> SPECIES = species();
  private static final int LANES = SPECIES.length();
  private static final int LOW_BITS = Integer.numberOfTrailingZeros(LANES);
  private static final int STEP = 2 * LANES;
  private static final int STRIDE = Weights.STRIDE;
  private static final int HIGH = Weights.highOffset(LANES);

  @Override
  public String name() {
    return "vector-" + SPECIES.vectorBitSize();
  }

  @Override
  public int stepBytes() {
    return STEP;
  }

  @Override
  public void sum(int count, byte[][] sources, byte[] target, int from, int to) {
    for (int p = from; p < to; p += STEP) {
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
  public void weightedSum(Weights weights, byte[][] sources, byte[] target, int from, int to) {
    byte[] tables = weights.tables;
    int count = weights.count();
    for (int p = from; p < to; p += STEP) {
      var sum0 = ByteVector.zero(SPECIES);
      var sum1 = ByteVector.zero(SPECIES);
      for (int j = 0; j < count; j++) {
        byte[] source = sources[j];
        var low = load(tables, j * STRIDE);
        var high = load(tables, j * STRIDE + HIGH);
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
      Weights weights, byte[][] sources, byte[] plain, byte[] weighted, int from, int to) {
    byte[] tables = weights.tables;
    int count = weights.count();
    for (int p = from; p < to; p += STEP) {
      var plain0 = ByteVector.zero(SPECIES);
      var plain1 = ByteVector.zero(SPECIES);
      var sum0 = ByteVector.zero(SPECIES);
      var sum1 = ByteVector.zero(SPECIES);
      for (int j = 0; j < count; j++) {
        byte[] source = sources[j];
        var low = load(tables, j * STRIDE);
        var high = load(tables, j * STRIDE + HIGH);
        var data0 = load(source, p);
        var data1 = load(source, p + LANES);
        plain0 = add(plain0, data0);
        plain1 = add(plain1, data1);
        sum0 = add(add(sum0, data0.selectFrom(low)), highBits(data0).selectFrom(high));
        sum1 = add(add(sum1, data1.selectFrom(low)), highBits(data1).selectFrom(high));
      }
      plain0.intoArray(plain, p);
      plain1.intoArray(plain, p + LANES);
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
    return data.reinterpretAsInts().lanewise(VectorOperators.LSHR, LOW_BITS).reinterpretAsBytes();
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
