package io.kintsugi.erasure;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/// A kernel whose loops the compiler cannot inline into their callers. Inlined there, the vector
/// operations exceed the compiler's limits in some processes and are carried out by objects on the
/// heap, several times slower; on their own the loops always compile well. A method handle that is
/// no constant is such a fence, for some nanoseconds per call.
final class FencedKernel implements Kernel {
  private static final MethodType SUM =
      type(int.class, byte[][].class, byte[].class, int.class, int.class);
  private static final MethodType WEIGHTED_SUM =
      type(Weights.class, byte[][].class, byte[].class, int.class, int.class);
  private static final MethodType BOTH_SUMS =
      type(Weights.class, byte[][].class, byte[].class, byte[].class, int.class, int.class);

  private final String name;
  private final int stepBytes;
  private final MethodHandle sum;
  private final MethodHandle weightedSum;
  private final MethodHandle bothSums;

  FencedKernel(Kernel kernel) throws ReflectiveOperationException {
    var lookup = MethodHandles.lookup();
    this.name = kernel.name();
    this.stepBytes = kernel.stepBytes();
    this.sum = lookup.bind(kernel, "sum", SUM);
    this.weightedSum = lookup.bind(kernel, "weightedSum", WEIGHTED_SUM);
    this.bothSums = lookup.bind(kernel, "bothSums", BOTH_SUMS);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int stepBytes() {
    return stepBytes;
  }

  @Override
  public void sum(int count, byte[][] sources, byte[] target, int from, int to) {
    try {
      sum.invokeExact(count, sources, target, from, to);
    } catch (Throwable e) {
      throw unchecked(e);
    }
  }

  @Override
  public void weightedSum(Weights weights, byte[][] sources, byte[] target, int from, int to) {
    try {
      weightedSum.invokeExact(weights, sources, target, from, to);
    } catch (Throwable e) {
      throw unchecked(e);
    }
  }

  @Override
  public void bothSums(
      Weights weights, byte[][] sources, byte[] plain, byte[] weighted, int from, int to) {
    try {
      bothSums.invokeExact(weights, sources, plain, weighted, from, to);
    } catch (Throwable e) {
      throw unchecked(e);
    }
  }

  private static MethodType type(Class<?>... parameters) {
    return MethodType.methodType(void.class, parameters);
  }

  /// Kernels declare no checked exception, so this passes on what they threw.
  private static RuntimeException unchecked(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException exception ? exception : new IllegalStateException(e);
  }
}
