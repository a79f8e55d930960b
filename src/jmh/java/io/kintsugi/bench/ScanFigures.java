package io.kintsugi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;

/// A scan of every byte against what the disk under it gives to fio, which reads the same files
/// past the page cache in the same run, turn by turn.
public final class ScanFigures {
  private static final int OBJECT_BYTES = 64 << 20;
  private static final int TURNS = 5;
  private static final double GB = 1e9;

  private ScanFigures() {}

  /// @param arguments GiB of objects (default 4), then an empty folder (default a temporary one)
  public static void main(String[] arguments) throws Exception {
    int gib = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4;
    var data =
        arguments.length > 1
            ? Files.createDirectories(Path.of(arguments[1]))
            : Files.createTempDirectory("kintsugi-bench");
    try (var node = BenchNode.start(data)) {
      run(node, data, gib);
    } finally {
      if (arguments.length < 2) {
        BenchNode.remove(data);
      }
    }
  }

  private static void run(BenchNode node, Path data, int gib) throws Exception {
    node.ask("PUT", "/admin/policy/scan", "{\"bandwidth_limit_mbps\":0}");
    node.s3().put("/bench", new byte[0]);
    var body = new byte[OBJECT_BYTES];
    var random = new Random(7);
    for (int i = 0; i < gib * 16; i++) {
      random.nextBytes(body);
      node.s3().put("/bench/" + i, body);
    }
    var files = shards(data);
    long bytes = 0;
    for (var file : files) {
      bytes += Files.size(file);
    }
    System.out.printf(Locale.ROOT, "%d shard files, %.2f GB%n", files.size(), bytes / GB);
    var scans = new double[TURNS];
    var floors = new double[TURNS];
    for (int turn = -1; turn < TURNS; turn++) {
      long cachedBefore = cachedBytes();
      long began = System.nanoTime();
      var end = node.scan("Deep");
      double rate = bytes / GB / ((System.nanoTime() - began) / 1e9);
      long cached = cachedBytes() - cachedBefore;
      if (!end.path("issues").isEmpty()) {
        throw new IllegalStateException("the scan found " + end.path("issues"));
      }
      double floor = fio(files);
      if (turn >= 0) {
        scans[turn] = rate;
        floors[turn] = floor;
      }
      System.out.printf(
          Locale.ROOT,
          "%s scan %.2f GB/s  fio %.2f GB/s  ratio %.2f  page cache %+d MB  node %d MB%n",
          turn < 0 ? "warm-up" : "turn " + turn,
          rate,
          floor,
          rate / floor,
          cached >> 20,
          node.residentBytes() >> 20);
    }
    Arrays.sort(scans);
    Arrays.sort(floors);
    System.out.printf(
        Locale.ROOT,
        "median: scan %.2f GB/s, fio %.2f GB/s, ratio %.2f%n",
        scans[TURNS / 2],
        floors[TURNS / 2],
        scans[TURNS / 2] / floors[TURNS / 2]);
  }

  private static List<Path> shards(Path data) throws IOException {
    try (var paths = Files.walk(data.resolve("origins"))) {
      return paths.filter(path -> Files.isRegularFile(path) && size(path) > 1 << 20).toList();
    }
  }

  private static long size(Path path) {
    return path.toFile().length();
  }

  /// Eight readers, as there are eight origins, each a mebibyte at a time.
  private static double fio(List<Path> files) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                "fio",
                "--name=floor",
                "--rw=read",
                "--direct=1",
                "--bs=1M",
                "--ioengine=libaio",
                "--iodepth=8",
                "--file_service_type=sequential",
                "--output-format=terse",
                "--readonly"));
    command.add("--filename=" + String.join(":", files.stream().map(Path::toString).toList()));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IllegalStateException("fio: " + output);
    }
    var line = output.lines().filter(l -> Pattern.matches("\\d;fio-.*", l)).findFirst();
    // The seventh field of the terse form is the bandwidth of reads in KiB/s.
    return Long.parseLong(line.orElseThrow().split(";")[6]) * 1024 / GB;
  }

  private static long cachedBytes() throws IOException {
    for (var line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("Cached:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IllegalStateException("no Cached in /proc/meminfo");
  }
}
