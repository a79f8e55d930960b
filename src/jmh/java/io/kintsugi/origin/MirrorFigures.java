package io.kintsugi.origin;

import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.mirror.ChunkSizes;
import io.kintsugi.mirror.Cutter;
import io.kintsugi.mirror.RecipeMaker;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Random;

/// What it costs to keep copies equal: how fast content is cut, against the memory of this machine,
/// and what goes over the wire to real servers for one small change in a long file.
public final class MirrorFigures {
  private static final int CUT_BYTES = 256 << 20;
  private static final int ROUNDS = 5;
  private static final int EDIT_BYTES = 4096;

  private MirrorFigures() {}

  private interface Work {
    long run();
  }

  private interface Edit {
    void make() throws IOException;
  }

  public static void main(String[] arguments) throws Exception {
    cutting();
    long mebibytes = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1024;
    var folder = Files.createTempDirectory("mirror");
    var vertx = Vertx.vertx();
    try (var bed = new MirrorBed(vertx, folder)) {
      traffic(bed, mebibytes << 20);
    } finally {
      House.await(vertx.close());
      sweep(folder);
    }
  }

  private static void sweep(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static void cutting() {
    var bytes = new byte[CUT_BYTES];
    new Random(1).nextBytes(bytes);
    var direct = ByteBuffer.allocateDirect(CUT_BYTES).put(bytes).flip();
    var copy = new byte[CUT_BYTES];
    var sizes = ChunkSizes.of(1L << 30);
    System.out.printf(
        Locale.ROOT,
        "java %s, %d MiB, median of %d, GB/s%n",
        Runtime.version(),
        CUT_BYTES >> 20,
        ROUNDS);
    double read = speed("memory, read", () -> sum(bytes));
    speed(
        "memory, copied",
        () -> {
          System.arraycopy(bytes, 0, copy, 0, CUT_BYTES);
          return copy[CUT_BYTES - 1];
        });
    double cut = speed("cut, array", () -> cut(ByteBuffer.wrap(bytes), sizes));
    speed("cut, direct buffer", () -> cut(direct.duplicate(), sizes));
    speed("cut and hashed", () -> recipe(ByteBuffer.wrap(bytes), sizes));
    System.out.printf(Locale.ROOT, "cut / memory, read: %.2f%n%n", cut / read);
  }

  private static long sum(byte[] bytes) {
    long sum = 0;
    for (byte b : bytes) {
      sum += b;
    }
    return sum;
  }

  private static long cut(ByteBuffer bytes, ChunkSizes sizes) {
    var cutter = new Cutter(sizes);
    long count = 0;
    while (bytes.hasRemaining()) {
      count += cutter.next(bytes) ? 1 : 0;
    }
    return count;
  }

  private static long recipe(ByteBuffer bytes, ChunkSizes sizes) {
    var maker = new RecipeMaker(sizes);
    maker.take(bytes);
    return maker.end().count();
  }

  private static double speed(String name, Work work) {
    var seconds = new double[ROUNDS];
    long value = work.run();
    for (int i = 0; i < ROUNDS; i++) {
      long begin = System.nanoTime();
      value += work.run();
      seconds[i] = (System.nanoTime() - begin) / 1e9;
    }
    Arrays.sort(seconds);
    double speed = CUT_BYTES / seconds[ROUNDS / 2] / 1e9;
    System.out.printf(Locale.ROOT, "%-20s %6.2f   (%d)%n", name, speed, value);
    return speed;
  }

  private static void traffic(MirrorBed bed, long sizeBytes) throws Exception {
    System.out.printf(
        Locale.ROOT, "%d MiB; bytes in thousands; share: wire of file%n", sizeBytes >> 20);
    System.out.printf(
        Locale.ROOT,
        "%-6s %-12s %-8s %10s %9s %9s %9s %9s %8s %7s%n",
        "place",
        "change",
        "outcome",
        "wire",
        "sent",
        "read",
        "checked",
        "recipes",
        "share",
        "seconds");
    bed.fill(1, sizeBytes);
    for (var kind : MirrorBed.KINDS) {
      row(bed, kind, "first copy", () -> {});
      row(bed, kind, "none", () -> {});
      row(
          bed,
          kind,
          "4 KiB",
          () -> MirrorBed.overwrite(bed.right(), sizeBytes / 3, random(kind.hashCode())));
      row(bed, kind, "insertion", () -> bed.insert(sizeBytes / 5, random(kind.hashCode() + 1)));
      if (!kind.equals("s3")) {
        // What is done behind its server's back leaves an object's tag as it was.
        row(
            bed,
            kind,
            "from outside",
            () -> MirrorBed.overwrite(bed.copy(kind), sizeBytes / 2, random(kind.hashCode() + 2)));
      }
    }
  }

  private static byte[] random(long seed) {
    var bytes = new byte[EDIT_BYTES];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static void row(MirrorBed bed, String kind, String change, Edit edit) throws Exception {
    edit.make();
    var took = bed.refresh(kind, Trust.RECIPES);
    var told = took.told();
    System.out.printf(
        Locale.ROOT,
        "%-6s %-12s %-8s %10d %9d %9d %9d %9d %7.3f%% %7.2f%s%n",
        kind,
        change,
        told.outcome(),
        took.wireBytes() / 1000,
        told.sentBytes() / 1000,
        told.targetReadBytes() / 1000,
        told.checkedBytes() / 1000,
        told.recipeBytes() / 1000,
        100.0 * took.wireBytes() / told.sizeBytes(),
        took.seconds(),
        bed.isEqual(kind) ? "" : "  NOT EQUAL");
  }
}
