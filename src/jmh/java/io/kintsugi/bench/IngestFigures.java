package io.kintsugi.bench;

import java.io.InputStream;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/// Large objects through S3 against `cp` of the same data and one third more, with `sync` of the
/// files that came to be, on the same disk and in the same run, turn by turn and by as many
/// clients. What is copied lies in the page cache, and so do the bodies that are put.
public final class IngestFigures {
  private static final int TURNS = 3;
  private static final long TURN_BYTES = 1L << 30;
  private static final int[] CLIENTS = {1, 4};
  private static final long[] SIZES = {64L << 20, 1L << 30};

  /// More would not fit on small disks, and less is over too soon.
  private static final int PIECE_BYTES = 1 << 20;

  private static final double MB = 1e6;

  private final BenchNode node;
  private final Path floor;
  private final byte[] piece = new byte[PIECE_BYTES];
  private int names;

  private IngestFigures(BenchNode node, Path floor) {
    this.node = node;
    this.floor = floor;
    new Random(7).nextBytes(piece);
  }

  /// @param arguments an empty folder may be named; else a temporary one is made and removed
  public static void main(String[] arguments) throws Exception {
    var root =
        arguments.length > 0
            ? Files.createDirectories(Path.of(arguments[0]))
            : Files.createTempDirectory("kintsugi-bench");
    System.out.printf(
        "java %s, %d processors, %s, 8 local origins in one folder, 6+2%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        Files.getFileStore(root).type());
    System.out.println(
        "durability: a PUT is answered after at least k+1 shards and their folders are flushed and"
            + " PostgreSQL has committed (fsync, synchronous_commit, full_page_writes on); cp is"
            + " followed by sync of its files");
    try (var node = BenchNode.start(Files.createDirectories(root.resolve("node")))) {
      var floor = Files.createDirectories(root.resolve("floor"));
      new IngestFigures(node, floor).run();
    } finally {
      if (arguments.length == 0) {
        BenchNode.remove(root);
      }
    }
  }

  private void run() throws Exception {
    node.s3().put("/bench", new byte[0]);
    puts(2, SIZES[0], 16);
    for (long size : SIZES) {
      for (int clients : CLIENTS) {
        compare(size, clients);
      }
    }
  }

  private void compare(long size, int clients) throws Exception {
    int count = (int) Math.max(clients, TURN_BYTES / size);
    var ours = new double[TURNS];
    var floors = new double[TURNS];
    var cpu = new double[TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
      floors[turn] = count * size / MB / copies(clients, size, count);
      long busy = Machine.busyMicros();
      double seconds = puts(clients, size, count);
      ours[turn] = count * size / MB / seconds;
      cpu[turn] = (Machine.busyMicros() - busy) / 1e6 / seconds;
      Peers.run("sync");
    }
    System.out.printf(
        Locale.ROOT,
        "%4d MiB  %d clients  PUT %6.1f MB/s (%s)  cp and sync %6.1f MB/s (%s)  ratio %.2f  %.2f"
            + " processors busy%n",
        size >> 20,
        clients,
        median(ours),
        all(ours),
        median(floors),
        all(floors),
        median(ours) / median(floors),
        median(cpu));
  }

  private static double median(double[] figures) {
    var sorted = figures.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static String all(double[] figures) {
    var text = new ArrayList<String>();
    for (double figure : figures) {
      text.add(String.format(Locale.ROOT, "%.0f", figure));
    }
    return String.join(" ", text);
  }

  /// Seconds; names come round again, so that the disk does not fill.
  private double puts(int clients, long size, int count) throws Exception {
    return each(
        clients,
        count,
        number ->
            node.s3()
                .put(
                    "/bench/" + size + "-" + names++ + "-" + number,
                    HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofInputStream(() -> body(size)), size)));
  }

  /// The same mebibyte again and again, each with another beginning.
  private InputStream body(long size) {
    return new RepeatedBytes(piece, 0, size);
  }

  private double copies(int clients, long size, int count) throws Exception {
    var sources = new ArrayList<Path>();
    for (int client = 0; client < clients; client++) {
      var source = floor.resolve("source-" + client);
      try (var body = body(size / 3 * 4);
          var file = Files.newOutputStream(source)) {
        body.transferTo(file);
      }
      sources.add(source);
    }
    Peers.run("sync");
    double seconds =
        each(
            clients,
            count,
            number -> {
              var copy = floor.resolve("copy-" + number).toString();
              Peers.run("cp", sources.get(number % clients).toString(), copy);
              Peers.run("sync", copy);
            });
    for (int number = 0; number < count; number++) {
      Files.deleteIfExists(floor.resolve("copy-" + number));
    }
    Peers.run("sync");
    return seconds;
  }

  /// One operation of that number.
  private interface Operation {
    void run(int number) throws Exception;
  }

  private static double each(int clients, int count, Operation operation) throws Exception {
    long began = System.nanoTime();
    try (var threads = Executors.newFixedThreadPool(clients)) {
      List<Callable<Void>> works = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        int first = client;
        works.add(() -> {
          for (int number = first; number < count; number += clients) {
            operation.run(number);
          }
          return null;
        });
      }
      for (var work : threads.invokeAll(works)) {
        work.get();
      }
    }
    return (System.nanoTime() - began) / 1e9;
  }
}
