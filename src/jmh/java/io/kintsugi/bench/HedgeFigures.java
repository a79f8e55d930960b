package io.kintsugi.bench;

import io.kintsugi.node.SshfsMount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;

/// What clients feel of one slow origin of eight: the same GETs with all origins well, and with
/// one, a mount by FUSE, of which each answer comes 1.5 s later. Then with it frozen, and thawed.
public final class HedgeFigures {
  private static final int OBJECTS = 100;
  private static final int OBJECT_BYTES = 1_000_000;
  private static final int WARMING = 5;
  private static final long SLOW_MILLIS = 1_500;

  private HedgeFigures() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10;
    var data = Files.createTempDirectory("kintsugi-hedge");
    try (var mount = SshfsMount.mount();
        var node = BenchNode.start(data, "--config", config(data, mount).toString())) {
      node.s3().put("/hedge", new byte[0]);
      for (int i = 0; i < OBJECTS; i++) {
        var body = new byte[OBJECT_BYTES];
        new Random(i).nextBytes(body);
        node.s3().put("/hedge/o" + i, body);
      }
      for (int i = 0; i < WARMING; i++) {
        read(node, 1);
      }
      System.out.printf(
          "%d GETs of %d bytes a line, one at a time, 6+2 over 8 origins%n",
          rounds * OBJECTS, OBJECT_BYTES);
      long well = line(node, "all well", rounds);
      mount.slow(SLOW_MILLIS);
      long slow = line(node, "one slow by " + SLOW_MILLIS + " ms", rounds);
      mount.slow(0);
      line(node, "quick again", rounds);
      mount.freeze();
      line(node, "one frozen", rounds);
      mount.thaw();
      line(node, "thawed", rounds);
      System.out.printf("p99 slow / p99 well: %.2f%n", (double) slow / well);
    }
  }

  private static Path config(Path data, SshfsMount mount) throws Exception {
    var toml = new StringBuilder();
    for (int disk = 1; disk <= 8; disk++) {
      var path =
          disk == 8 ? mount.path() : Files.createDirectories(data.resolve("origins/disk-" + disk));
      toml.append("[[origins]]\nid = \"disk-%d\"\npath = \"%s\"\n".formatted(disk, path));
    }
    return Files.writeString(data.resolve("kintsugi.toml"), toml);
  }

  /// @return p99 in microseconds
  private static long line(BenchNode node, String when, int rounds) throws Exception {
    long reads = counted(node, "shard_reads_total");
    long hedged = counted(node, "hedged_reads_total");
    long won = counted(node, "hedges_won_total");
    long replaced = counted(node, "slow_reads_replaced_total");
    var micros = read(node, rounds);
    Thread.sleep(2_500);
    reads = counted(node, "shard_reads_total") - reads;
    hedged = counted(node, "hedged_reads_total") - hedged;
    System.out.printf(
        "%-20s p50 %7.1f ms  p95 %7.1f ms  p99 %7.1f ms  max %7.1f ms  shards read %d, hedged %d"
            + " (%.2f %%), won %d, replaced %d%n",
        when,
        millis(micros, 0.5),
        millis(micros, 0.95),
        millis(micros, 0.99),
        millis(micros, 1),
        reads,
        hedged,
        100.0 * hedged / Math.max(1, reads),
        counted(node, "hedges_won_total") - won,
        counted(node, "slow_reads_replaced_total") - replaced);
    return micros[(int) Math.ceil(0.99 * micros.length) - 1];
  }

  private static double millis(long[] micros, double share) {
    return micros[(int) Math.ceil(share * micros.length) - 1] / 1_000.0;
  }

  private static long[] read(BenchNode node, int rounds) throws Exception {
    var micros = new long[rounds * OBJECTS];
    for (int i = 0; i < micros.length; i++) {
      long begin = System.nanoTime();
      if (node.s3().get("/hedge/o" + i % OBJECTS).length != OBJECT_BYTES) {
        throw new IllegalStateException("not what was written");
      }
      micros[i] = (System.nanoTime() - begin) / 1_000;
    }
    Arrays.sort(micros);
    return micros;
  }

  private static long counted(BenchNode node, String name) throws Exception {
    var line =
        Pattern.compile("^kintsugi_object_" + name + "(?:\\{[^}]*})? (\\S+)$", Pattern.MULTILINE)
            .matcher(node.metrics());
    return line.find() ? (long) Double.parseDouble(line.group(1)) : 0;
  }
}
