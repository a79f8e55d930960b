package io.kintsugi.bench;

import io.kintsugi.sql.PgAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The loss of all that one origin of eight holds, mended by a node at default policy, against
/// `snapraid fix` of one data disk of six with two of parity, over the same files and in the same
/// run, turn by turn. The node's time begins when a quick scan is asked for and ends when that scan
/// is over and nothing is left to mend: by then all was compared with its manifest, flushed and
/// read back.
public final class HealFigures {
  private static final int LARGE_FILES = 256;
  private static final int LARGE_BYTES = 8 << 20;
  private static final int SMALL_FILES = 20_000;
  private static final int SMALL_BYTES_MIN = 4 << 10;
  private static final int SMALL_BYTES_MAX = 64 << 10;
  private static final int CLIENTS = 8;
  private static final int DATA_DISKS = 6;
  private static final int PARITY_DISKS = 2;
  private static final int WARM_UPS = 4;
  private static final int TURNS = 3;
  private static final double MB = 1e6;

  private final BenchNode node;
  private final Path data;
  private final Path peer;

  /// One for all questions: making one costs more than it asks.
  private final Connection database;

  private HealFigures(BenchNode node, Path data, Path peer, Connection database) {
    this.node = node;
    this.data = data;
    this.peer = peer;
    this.database = database;
  }

  /// @param arguments `large`, `small` or `both` (default), by how much to divide the number of
  ///   files (default 1), then an empty folder
  public static void main(String[] arguments) throws Exception {
    var which = arguments.length > 0 ? arguments[0] : "both";
    int part = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
    var root =
        arguments.length > 2
            ? Files.createDirectories(Path.of(arguments[2]))
            : Files.createTempDirectory("kintsugi-bench");
    System.out.printf(
        "java %s, %d processors, %s%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        Files.getFileStore(root).type());
    System.out.println(
        "durability: the node flushes each rebuilt shard and its folder, reads it back, and commits"
            + " with fsync, synchronous_commit and full_page_writes on; snapraid as it is, and a"
            + " sync of its disk apart");
    try {
      for (boolean large : new boolean[] {true, false}) {
        if (which.equals("both") || which.equals(large ? "large" : "small")) {
          turns(root, large, part);
        }
      }
    } finally {
      if (arguments.length < 3) {
        BenchNode.remove(root);
      }
    }
  }

  private static void turns(Path root, boolean large, int part) throws Exception {
    var data = Files.createDirectories(root.resolve(large ? "large" : "small"));
    var peer = Files.createDirectories(root.resolve((large ? "large" : "small") + "-snapraid"));
    try (var node = BenchNode.start(data);
        var database = connect(data)) {
      new HealFigures(node, data, peer, database).run(large, part);
    } finally {
      BenchNode.remove(data);
      BenchNode.remove(peer);
    }
  }

  private static Connection connect(Path data) throws IOException, SQLException {
    var address = PgAddress.parse(Files.readString(data.resolve("postgres.uri")).strip());
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }

  private static byte[] file(boolean large, int number) {
    var random = new Random(number);
    int span = SMALL_BYTES_MAX - SMALL_BYTES_MIN;
    var bytes = new byte[large ? LARGE_BYTES : SMALL_BYTES_MIN + random.nextInt(span + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  private void run(boolean large, int part) throws Exception {
    int files = (large ? LARGE_FILES : SMALL_FILES) / part;
    node.s3().put("/bench", new byte[0]);
    write(files, number -> node.s3().put("/bench/" + number, file(large, number)));
    write(files, number -> Files.write(diskFile(number), file(large, number)));
    var config = configure();
    Peers.run(snapraid(config, "sync"));
    boolean cold = Peers.dropCaches();
    System.out.printf(
        "%d files of %s; page cache %s before each%n",
        files, large ? "8 MiB" : "4 to 64 KiB", cold ? "dropped" : "as it is");
    // A node has been up for long when a disk dies: the compiler of its JVM is done.
    for (int disk = 8; disk > 8 - WARM_UPS; disk--) {
      heal(disk);
    }
    System.out.println("so much to warm up");
    var ours = new double[TURNS];
    var theirs = new double[TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
      ours[turn] = heal(1 + turn);
      theirs[turn] = fix(config, turn, files, large);
      System.out.printf(
          Locale.ROOT, "turn %d  snapraid to ours %.2f%n", turn, theirs[turn] / ours[turn]);
    }
    Arrays.sort(ours);
    Arrays.sort(theirs);
    System.out.printf(
        Locale.ROOT,
        "median: ours %.2f s, snapraid fix %.2f s, ratio %.2f%n",
        ours[TURNS / 2],
        theirs[TURNS / 2],
        theirs[TURNS / 2] / ours[TURNS / 2]);
  }

  /// One file or object of that number.
  private interface Writing {
    void write(int number) throws Exception;
  }

  private static void write(int files, Writing writing) throws Exception {
    try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
      var works = new ArrayList<Callable<Void>>();
      for (int client = 0; client < CLIENTS; client++) {
        int first = client;
        works.add(() -> {
          for (int number = first; number < files; number += CLIENTS) {
            writing.write(number);
          }
          return null;
        });
      }
      for (var work : threads.invokeAll(works)) {
        work.get();
      }
    }
  }

  private double heal(int disk) throws Exception {
    var origin = data.resolve("origins/disk-" + disk);
    int files = 0;
    long bytes = 0;
    // An origin without small objects has no packs.
    var folders =
        Stream.of("objects", "packs").map(origin::resolve).filter(Files::isDirectory).toList();
    for (var folder : folders) {
      try (var paths = Files.walk(folder)) {
        for (var path : paths.filter(Files::isRegularFile).toList()) {
          files++;
          bytes += Files.size(path);
          Files.delete(path);
        }
      }
    }
    Peers.dropCaches();
    long began = System.nanoTime();
    long before = mended();
    long cpu = Machine.busyMicros();
    long cpuOfNode = node.cpuMicros();
    node.scan("Quick");
    double scanned = (System.nanoTime() - began) / 1e9;
    while (open() > 0) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    long tasks = mended() - before;
    double machine = (Machine.busyMicros() - cpu) / 1e6;
    double ofNode = (node.cpuMicros() - cpuOfNode) / 1e6;
    System.out.printf(
        Locale.ROOT,
        "ours: %d files of %.0f MB lost; scan over after %.2f s, %d segments mended after %.2f s:"
            + " %.0f/s, %.1f MB/s; CPU %.1f s, %.1f s of it the node's JVM%n",
        files,
        bytes / MB,
        scanned,
        tasks,
        seconds,
        tasks / seconds,
        bytes / MB / seconds,
        machine,
        ofNode);
    var proof = node.scan("Deep");
    if (!proof.path("issues").isEmpty() || tasks == 0) {
      throw new IllegalStateException("not all is mended: " + proof);
    }
    return seconds;
  }

  private long open() throws Exception {
    return number("SELECT count(*) FROM heal_task WHERE state = 'open'");
  }

  private long mended() throws Exception {
    return number("SELECT count(*) FROM heal_task WHERE outcome = 'healed'");
  }

  private long number(String sql) throws SQLException {
    try (var statement = database.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private Path disk(int number) {
    return peer.resolve("disk-" + number);
  }

  private Path diskFile(int number) throws IOException {
    return Files.createDirectories(disk(number % DATA_DISKS)).resolve("file-" + number);
  }

  private Path configure() throws IOException {
    var lines = new ArrayList<String>();
    for (int parity = 0; parity < PARITY_DISKS; parity++) {
      var folder = Files.createDirectories(peer.resolve("parity-" + parity));
      lines.add((parity == 0 ? "parity " : "2-parity ") + folder.resolve("parity"));
    }
    lines.add("content " + peer.resolve("content"));
    lines.add("content " + peer.resolve("content-2"));
    for (int disk = 0; disk < DATA_DISKS; disk++) {
      lines.add("data d" + disk + " " + disk(disk));
    }
    return Files.write(peer.resolve("snapraid.conf"), lines);
  }

  private static List<String> snapraid(Path config, String... arguments) {
    // Its disks are folders of one disk here.
    var command =
        new ArrayList<>(List.of("snapraid", "--test-skip-device", "-c", config.toString()));
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  private double fix(Path config, int disk, int files, boolean large) throws Exception {
    long bytes = 0;
    try (var paths = Files.list(disk(disk))) {
      for (var path : paths.toList()) {
        bytes += Files.size(path);
        Files.delete(path);
      }
    }
    Peers.dropCaches();
    double seconds = Peers.seconds(snapraid(config, "-d", "d" + disk, "fix"));
    double synced = Peers.seconds(List.of("sync", "-f", disk(disk).toString()));
    for (int number = disk; number < files; number += DATA_DISKS) {
      if (!Arrays.equals(Files.readAllBytes(diskFile(number)), file(large, number))) {
        throw new IllegalStateException("snapraid gave other bytes for file " + number);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "snapraid: %.0f MB lost; fixed after %.2f s, %.1f MB/s; flushed %.2f s later%n",
        bytes / MB,
        seconds,
        bytes / MB / seconds,
        synced);
    return seconds;
  }
}
