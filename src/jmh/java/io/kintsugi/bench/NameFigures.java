package io.kintsugi.bench;

import io.kintsugi.format.Names;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.format.WriteId;
import io.kintsugi.sql.PgAddress;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// A quick scan of objects that are files, 6+2: eight names each. The rows are made by SQL and the
/// files are empty ones of the right length: a quick scan looks at names and sizes, and so at
/// nothing that is missing here.
public final class NameFigures {
  private static final int OBJECTS = 100_000;
  private static final int SHARDS = 8;
  private static final int SHARD_BYTES = 54_976;
  private static final long WRITES = 0xff;
  private static final long ATTEMPTS = 0xfe;
  private static final int COUNTERS_PER_OBJECT = 4;

  private static final String VALUES =
      """
      CREATE TEMP TABLE made AS
        SELECT n, ('00000000000000ff' || lpad(to_hex(n * 4), 16, '0'))::uuid AS id
          FROM generate_series(0, %1$d - 1) n;
      INSERT INTO version (version_id, bucket_id, key, seq, size_bytes, etag, headers, metadata,
                           created, segments, part_sizes)
        SELECT id, bucket_id, 'object-' || n, n, 300000, md5(n::text), '{}', '{}', now(), 1, '{}'
          FROM made, bucket WHERE name = 'bench';
      INSERT INTO object (bucket_id, key, version_id, size_bytes, etag, created)
        SELECT bucket_id, key, version_id, size_bytes, etag, created FROM version;
      INSERT INTO segment (write_id, owner_id, leaf, ordinal, at_offset, size_bytes, k, m,
                           footer_bytes, footer_sha256, shard_sha256, shard_bytes)
        SELECT id, id, (255 + (n >> 6)) & 4095, 0, 0, 300000, 6, 2, 896,
               decode(repeat('ab', 32), 'hex'), decode(repeat('cd', 256), 'hex'), %2$d FROM made;
      INSERT INTO location (write_id, shard_index, attempt_id, origin_id, origin_incarnation,
                            length, state)
        SELECT id, i, ('00000000000000fe' || lpad(to_hex(n * 8 + i), 16, '0'))::uuid,
               o.origin_id, o.incarnation, %2$d, 'landed'
          FROM made CROSS JOIN generate_series(0, 7) i
          JOIN (SELECT *, row_number() OVER (ORDER BY origin_id) - 1 AS number FROM origin) o
            ON o.number = (n + i) %% 8;
      ANALYZE;
      """;

  private final BenchNode node;
  private final Path data;

  private NameFigures(BenchNode node, Path data) {
    this.node = node;
    this.data = data;
  }

  /// @param arguments how many objects (default 100,000), then an empty folder
  public static void main(String[] arguments) throws Exception {
    int objects = arguments.length > 0 ? Integer.parseInt(arguments[0]) : OBJECTS;
    var data =
        arguments.length > 1
            ? Files.createDirectories(Path.of(arguments[1]))
            : Files.createTempDirectory("kintsugi-bench");
    try (var node = BenchNode.start(data)) {
      new NameFigures(node, data).run(objects);
    } finally {
      if (arguments.length < 2) {
        Peers.run("rm", "-rf", data.toString());
      }
    }
  }

  private void run(int objects) throws Exception {
    node.s3().put("/bench", new byte[0]);
    long began = System.nanoTime();
    makeFiles(objects);
    makeRows(objects);
    System.out.printf(
        Locale.ROOT,
        "java %s, %d processors; %d objects, %d names on %d origins of one %s; made in %.0f s%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        objects,
        objects * SHARDS,
        SHARDS,
        Files.getFileStore(data).type(),
        (System.nanoTime() - began) / 1e9);
    for (var which : new String[] {"warm", "again", "cold"}) {
      boolean dropped = which.equals("cold") && Peers.dropCaches();
      scan(which + (dropped ? ", all caches dropped" : ""), objects);
    }
  }

  private void scan(String which, int objects) throws Exception {
    long before = node.residentBytes();
    long live = node.liveHeapBytes();
    long cpu = node.cpuMicros();
    long busy = Machine.busyMicros();
    long began = System.nanoTime();
    var end = node.scan("Quick");
    double seconds = (System.nanoTime() - began) / 1e9;
    double ofNode = (node.cpuMicros() - cpu) / 1e6;
    double machine = (Machine.busyMicros() - busy) / 1e6;
    if (!end.path("issues").isEmpty()) {
      throw new IllegalStateException("the scan found " + end.path("issues").get(0));
    }
    System.out.printf(
        Locale.ROOT,
        "quick scan, %s: %.1f s, %.0f names/s; CPU %.1f s, %.1f s of it the node's JVM; live heap"
            + " %d MiB before and %d after, resident %d and %d%n",
        which,
        seconds,
        objects * SHARDS / seconds,
        machine,
        ofNode,
        live >> 20,
        node.liveHeapBytes() >> 20,
        before >> 20,
        node.residentBytes() >> 20);
  }

  /// The origins in the order of their names, as the rows have them.
  private void makeFiles(int objects) throws Exception {
    try (var threads = Executors.newFixedThreadPool(2)) {
      for (int origin = 0; origin < SHARDS; origin++) {
        int number = origin;
        threads.submit(() -> {
          makeFiles(number, objects);
          return null;
        });
      }
      threads.shutdown();
      if (!threads.awaitTermination(20, TimeUnit.MINUTES)) {
        throw new IllegalStateException("the files were not made");
      }
    }
  }

  private void makeFiles(int origin, int objects) throws IOException {
    var root = data.resolve("origins/disk-" + (origin + 1));
    String made = "";
    for (int n = 0; n < objects; n++) {
      int index = Math.floorMod(origin - n, SHARDS);
      var writeId = new WriteId(WRITES, (long) n * COUNTERS_PER_OBJECT);
      var name = new ShardName(writeId, index, new WriteId(ATTEMPTS, (long) n * SHARDS + index));
      var leaf = Names.leaf(writeId);
      if (!leaf.equals(made)) {
        Files.createDirectories(root.resolve(name.path()).getParent());
        made = leaf;
      }
      try (var file = new RandomAccessFile(root.resolve(name.path()).toFile(), "rw")) {
        file.setLength(SHARD_BYTES);
      }
    }
  }

  private void makeRows(int objects) throws Exception {
    var address = PgAddress.parse(Files.readString(data.resolve("postgres.uri")).strip());
    try (Connection connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var statement = connection.createStatement()) {
      statement.execute(VALUES.formatted(objects, SHARD_BYTES));
    }
  }
}
