package io.kintsugi.bench;

import io.kintsugi.erasure.Codec;
import io.kintsugi.erasure.Kernels;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// One stripe of the product's size, encoded and mended.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector"})
public class CodecBenchmark {
  private static final int OFFSET = 64;
  private static final int[] WITHOUT_ONE = {0, 1, 3, 4, 5, 6};
  private static final int[] ONE = {2};
  private static final int[] WITHOUT_TWO = {0, 2, 3, 5, 6, 7};
  private static final int[] TWO = {1, 4};

  @Param({"1000", "65536", "262080"})
  public int cellBytes;

  private final Codec codec = Codec.of(6, 2);
  private byte[][] shards = {};

  @Setup
  public void fill() {
    Kernels.awaitWarm(Duration.ofSeconds(30));
    shards = new byte[8][OFFSET + cellBytes];
    for (byte[] shard : shards) {
      new Random(1).nextBytes(shard);
    }
  }

  @Benchmark
  public byte[][] encode() {
    codec.encode(shards, OFFSET, cellBytes);
    return shards;
  }

  @Benchmark
  public byte[][] rebuildOne() {
    codec.rebuild(shards, WITHOUT_ONE, ONE, OFFSET, cellBytes);
    return shards;
  }

  @Benchmark
  public byte[][] rebuildTwo() {
    codec.rebuild(shards, WITHOUT_TWO, TWO, OFFSET, cellBytes);
    return shards;
  }
}
