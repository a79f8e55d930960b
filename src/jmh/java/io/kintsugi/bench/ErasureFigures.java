package io.kintsugi.bench;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.kintsugi.erasure.Codec;
import io.kintsugi.erasure.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/// Our codec against ISA-L in one process: interleaved rounds, CPU time of the thread, medians.
/// Rates are bytes of the k sources per second. Ours works on heap arrays at an odd place, as the
/// product does; the library on aligned memory outside the heap, which is its best case.
public final class ErasureFigures {
  private static final int ROUNDS = 11;
  private static final int ROUNDS_WARM_UP = 3;
  private static final long ROUND_NANOS = 150_000_000L;
  private static final int OFFSET = 64;
  private static final long COLD_BYTES = 192L << 20;
  private static final int PRODUCTION_CELL = 262_080;
  private static final int TILE_BYTES = 16 << 10;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ErasureFigures() {}

  /// One thing to do to one of several stripes.
  private interface Work {
    void run(int stripe);
  }

  private record Rate(double median, double best) {}

  public static void main(String[] arguments) {
    Kernels.awaitWarm(Duration.ofSeconds(30));
    System.out.printf(
        "kernel %s, java %s, %d rounds, median (best) GB per CPU second%n",
        Kernels.active(), Runtime.version(), ROUNDS);
    for (int cellBytes : new int[] {64 << 10, PRODUCTION_CELL}) {
      for (var temperature : List.of("hot", "cold")) {
        boolean cold = temperature.equals("cold");
        compare(6, 2, cellBytes, cold, new int[0]);
        compare(6, 2, cellBytes, cold, new int[] {2});
        compare(6, 2, cellBytes, cold, new int[] {1, 4});
      }
    }
    compare(6, 2, PRODUCTION_CELL, false, new int[] {2, 6});
    compare(4, 2, PRODUCTION_CELL, false, new int[0]);
    compare(4, 2, PRODUCTION_CELL, true, new int[0]);
    compare(10, 4, PRODUCTION_CELL, false, new int[0]);
    compare(16, 8, PRODUCTION_CELL, false, new int[0]);
    compareSummed(false);
    compareSummed(true);
  }

  private static void compare(int k, int m, int cellBytes, boolean cold, int[] lost) {
    var shape = new Shape(k, m, cellBytes, lost);
    int stripes = cold ? (int) (COLD_BYTES / ((long) (k + m) * cellBytes)) : 1;
    var ours = new ArrayList<byte[][]>();
    var sources = new ArrayList<MemorySegment>();
    var targets = new ArrayList<MemorySegment>();
    for (int i = 0; i < stripes; i++) {
      ours.add(shape.stripe(i));
      sources.add(shape.sources(ours.get(i)));
      targets.add(IsaL.cells(shape.targets().length, cellBytes));
    }
    Work ourWork = stripe -> shape.code(ours.get(stripe));
    var library = new IsaL(shape.matrix());
    Work theirWork =
        stripe -> library.multiply(cellBytes, sources.get(stripe), targets.get(stripe));
    ourWork.run(0);
    theirWork.run(0);
    shape.requireEqual(ours.get(0), targets.get(0));
    print(shape, cold, measure(stripes, (long) k * cellBytes, ourWork, theirWork));
  }

  /// Parity and the CRC32C of all shards of the product's stripe: tile by tile, one pass after the
  /// other, and the library's two passes.
  private static void compareSummed(boolean cold) {
    var shape = new Shape(6, 2, PRODUCTION_CELL, new int[0]);
    int shards = shape.k() + shape.m();
    int stripes = cold ? (int) (COLD_BYTES / ((long) shards * PRODUCTION_CELL)) : 1;
    var ours = new ArrayList<byte[][]>();
    var theirs = new ArrayList<MemorySegment[]>();
    for (int i = 0; i < stripes; i++) {
      ours.add(shape.stripe(i));
      theirs.add(
          new MemorySegment[] {shape.sources(ours.get(i)), IsaL.cells(shape.m(), PRODUCTION_CELL)});
    }
    var library = new IsaL(shape.matrix());
    var sums = new int[3][shards];
    Work fused = stripe -> shape.codeAndSum(ours.get(stripe), TILE_BYTES, sums[0]);
    Work apart = stripe -> shape.codeAndSum(ours.get(stripe), PRODUCTION_CELL, sums[1]);
    Work libraries =
        stripe -> {
          var cells = theirs.get(stripe);
          library.multiply(PRODUCTION_CELL, cells[0], cells[1]);
          for (int i = 0; i < shards; i++) {
            boolean data = i < shape.k();
            var cell = IsaL.cell(cells[data ? 0 : 1], data ? i : i - shape.k(), PRODUCTION_CELL);
            sums[2][i] = IsaL.sum(cell, PRODUCTION_CELL);
          }
        };
    fused.run(0);
    apart.run(0);
    libraries.run(0);
    if (!Arrays.equals(sums[0], sums[1]) || !Arrays.equals(sums[0], sums[2])) {
      throw new IllegalStateException("the sums are not the same");
    }
    long bytes = (long) shape.k() * PRODUCTION_CELL;
    var rates = measure(stripes, bytes, fused, apart, libraries);
    System.out.printf(
        " 6+2  encode + CRC32C %7d B  %-4s  tiles %5.1f (%5.1f)  passes %5.1f (%5.1f)  isa-l %5.1f (%5.1f)  tiles to passes %.2f, passes to isa-l %.2f%n",
        PRODUCTION_CELL,
        cold ? "cold" : "hot",
        rates[0].median(),
        rates[0].best(),
        rates[1].median(),
        rates[1].best(),
        rates[2].median(),
        rates[2].best(),
        rates[0].median() / rates[1].median(),
        rates[1].median() / rates[2].median());
  }

  private static void print(Shape shape, boolean cold, Rate[] rates) {
    System.out.printf(
        "%2d+%d  %-16s %7d B  %-4s  ours %5.1f (%5.1f)  isa-l %5.1f (%5.1f)  ratio %.2f%n",
        shape.k(),
        shape.m(),
        shape.what(),
        shape.cellBytes(),
        cold ? "cold" : "hot",
        rates[0].median(),
        rates[0].best(),
        rates[1].median(),
        rates[1].best(),
        rates[0].median() / rates[1].median());
  }

  private static Rate[] measure(int stripes, long bytesPerRun, Work... works) {
    var rates = new double[works.length][ROUNDS];
    for (int round = -ROUNDS_WARM_UP; round < ROUNDS; round++) {
      for (int i = 0; i < works.length; i++) {
        double rate = rate(stripes, bytesPerRun, works[i]);
        if (round >= 0) {
          rates[i][round] = rate;
        }
      }
    }
    return Arrays.stream(rates)
        .map(row -> Arrays.stream(row).sorted().toArray())
        .map(sorted -> new Rate(sorted[ROUNDS / 2], sorted[ROUNDS - 1]))
        .toArray(Rate[]::new);
  }

  private static double rate(int stripes, long bytesPerRun, Work work) {
    long started = THREADS.getCurrentThreadCpuTime();
    long elapsed;
    long bytes = 0;
    int stripe = 0;
    do {
      for (int i = 0; i < 16; i++) {
        work.run(stripe);
        stripe = stripe + 1 == stripes ? 0 : stripe + 1;
        bytes += bytesPerRun;
      }
      elapsed = THREADS.getCurrentThreadCpuTime() - started;
    } while (elapsed < ROUND_NANOS);
    return bytes / (double) elapsed;
  }

  /// A geometry, a size, and what is to be computed: parity, or lost shards from the first k
  /// others.
  private record Shape(int k, int m, int cellBytes, List<Integer> lost) {
    Shape(int k, int m, int cellBytes, int[] lost) {
      this(k, m, cellBytes, Arrays.stream(lost).boxed().toList());
    }

    String what() {
      return lost.isEmpty() ? "encode" : "rebuild " + lost;
    }

    int[] sourceIndexes() {
      return IntStream.range(0, k + m).filter(i -> !lost.contains(i)).limit(k).toArray();
    }

    int[] targets() {
      return lost.isEmpty()
          ? IntStream.range(k, k + m).toArray()
          : lost.stream().mapToInt(i -> i).toArray();
    }

    void code(byte[][] shards) {
      if (lost.isEmpty()) {
        Codec.of(k, m).encode(shards, OFFSET, cellBytes);
      } else {
        Codec.of(k, m).rebuild(shards, sourceIndexes(), targets(), OFFSET, cellBytes);
      }
    }

    /// As [#code], with the CRC32C of every cell.
    void codeAndSum(byte[][] shards, int tileBytes, int[] sums) {
      var running = new CRC32C[k + m];
      Arrays.setAll(running, _ -> new CRC32C());
      for (int from = 0; from < cellBytes; from += tileBytes) {
        int length = Math.min(tileBytes, cellBytes - from);
        Codec.of(k, m).encode(shards, OFFSET + from, length);
        for (int i = 0; i < k + m; i++) {
          running[i].update(shards[i], OFFSET + from, length);
        }
      }
      for (int i = 0; i < k + m; i++) {
        sums[i] = (int) running[i].getValue();
      }
    }

    byte[][] stripe(long seed) {
      var random = new Random(seed);
      var shards = new byte[k + m][OFFSET + cellBytes];
      for (int i = 0; i < k; i++) {
        random.nextBytes(shards[i]);
      }
      Codec.of(k, m).encode(shards, OFFSET, cellBytes);
      return shards;
    }

    MemorySegment sources(byte[][] shards) {
      var pointers = IsaL.cells(k, cellBytes);
      int[] indexes = sourceIndexes();
      for (int i = 0; i < k; i++) {
        MemorySegment.copy(
            shards[indexes[i]], OFFSET, IsaL.cell(pointers, i, cellBytes), JAVA_BYTE, 0, cellBytes);
      }
      return pointers;
    }

    /// The matrix from the sources to the targets, read off the codec itself: the code of a unit
    /// vector is a column.
    byte[][] matrix() {
      int[] sources = sourceIndexes();
      int[] targets = targets();
      var matrix = new byte[targets.length][k];
      for (int j = 0; j < k; j++) {
        var shards = new byte[k + m][1];
        shards[sources[j]][0] = 1;
        if (lost.isEmpty()) {
          Codec.of(k, m).encode(shards, 0, 1);
        } else {
          Codec.of(k, m).rebuild(shards, sources, targets, 0, 1);
        }
        for (int i = 0; i < targets.length; i++) {
          matrix[i][j] = shards[targets[i]][0];
        }
      }
      return matrix;
    }

    void requireEqual(byte[][] shards, MemorySegment theirs) {
      int[] targets = targets();
      for (int i = 0; i < targets.length; i++) {
        var mine = MemorySegment.ofArray(shards[targets[i]]).asSlice(OFFSET, cellBytes);
        if (mine.mismatch(IsaL.cell(theirs, i, cellBytes)) >= 0) {
          throw new IllegalStateException("the library computed other bytes");
        }
      }
    }
  }
}
