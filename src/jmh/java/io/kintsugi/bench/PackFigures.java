package io.kintsugi.bench;

import io.kintsugi.sql.PgAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A quick scan of a million packed objects of 4 KiB by a real node. The rows are made by SQL and
/// the packs are empty files of the right length: a quick scan looks at names and sizes, and so at
/// nothing that is missing here.
public final class PackFigures {
  private static final int OBJECTS = 1_000_000;
  private static final int ORIGINS = 8;
  private static final int RECORD_BYTES = 5_184;
  private static final int RECORDS_PER_PACK = (64 << 20) / RECORD_BYTES;

  /// So many objects in a row go to the same origins.
  private static final int TOGETHER = 100;

  private static final Pattern HIGH_WATER = Pattern.compile("VmHWM:\\s+([0-9]+) kB");
  private static final Pattern SCAN_ID = Pattern.compile("\"scan_id\":\\s*\"([^\"]+)\"");

  private static final String VALUES =
      """
      CREATE TEMP TABLE made AS
        SELECT n, ('00000000000000ff' || lpad(to_hex(n * 4), 16, '0'))::uuid AS id
          FROM generate_series(0, %1$d - 1) n;
      INSERT INTO version (version_id, bucket_id, key, seq, size_bytes, etag, headers, metadata,
                           created, segments, part_sizes)
        SELECT id, bucket_id, 'object-' || n, n, 4096, md5(n::text), '{}', '{}', now(), 1, '{}'
          FROM made, bucket WHERE name = 'bench';
      INSERT INTO object (bucket_id, key, version_id, size_bytes, etag, created)
        SELECT bucket_id, key, version_id, size_bytes, etag, created FROM version;
      INSERT INTO segment (write_id, owner_id, leaf, ordinal, at_offset, size_bytes, k, m,
                           footer_bytes, footer_sha256, shard_sha256, shard_bytes, packed)
        SELECT id, id, (n >> 6) & 4095, 0, 0, 4096, 1, 2, 896, decode(repeat('ab', 32), 'hex'),
               decode(repeat('cd', 96), 'hex'), 9152, true FROM made;
      CREATE TEMP TABLE place AS
        SELECT id, copy, origin, row_number() OVER (PARTITION BY origin ORDER BY n) - 1 AS at
          FROM (SELECT n, id, copy, (n / %2$d + copy) %% %3$d AS origin
                  FROM made, generate_series(0, 2) copy) x;
      INSERT INTO location (write_id, shard_index, attempt_id, origin_id, origin_incarnation,
                            container, at_offset, length, state)
        SELECT p.id, copy, gen_random_uuid(), o.origin_id, o.incarnation,
               'packs/00000000000000ff-' || at / %4$d, at %% %4$d * %5$d, %5$d, 'landed'
          FROM place p
          JOIN (SELECT *, row_number() OVER (ORDER BY origin_id) - 1 AS number FROM origin) o
            ON o.number = p.origin;
      """;

  private final Path data;
  private final URI rest;
  private final Process node;
  private final HttpClient http = HttpClient.newHttpClient();

  private PackFigures(Path data, URI rest, Process node) {
    this.data = data;
    this.rest = rest;
    this.node = node;
  }

  /// @param arguments how many objects; default: a million
  public static void main(String[] arguments) throws Exception {
    int objects = arguments.length > 0 ? Integer.parseInt(arguments[0]) : OBJECTS;
    var data = Files.createTempDirectory("kintsugi-bench");
    var node =
        new ProcessBuilder(
                "bin/kintsugi", "dev", "--data", data + "", "--http-port", "0", "--s3-port", "0")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      var reader =
          new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8));
      new PackFigures(data, awaitReady(reader), node).run(objects);
    } finally {
      node.destroy();
      if (!node.waitFor(20, TimeUnit.SECONDS)) {
        node.destroyForcibly();
      }
      remove(data);
    }
  }

  private static URI awaitReady(BufferedReader output) throws Exception {
    String line;
    while ((line = output.readLine()) != null) {
      if (line.startsWith("ready http=")) {
        int from = line.indexOf("s3=");
        new S3Client(URI.create(line.substring(from + 3).strip()), "kintsugi", "kintsugi-secret")
            .put("/bench", new byte[0]);
        return URI.create(line.substring("ready http=".length(), from).strip());
      }
    }
    throw new IllegalStateException("the node did not start");
  }

  private void run(int objects) throws Exception {
    System.out.printf(
        "java %s, %d processors; %d objects of 4 KiB, 3 copies each in packs of %d origins%n",
        Runtime.version(), Runtime.getRuntime().availableProcessors(), objects, ORIGINS);
    System.out.printf(Locale.ROOT, "rows made in %.1f s%n", fill(objects));
    int packs = makePacks(objects);
    System.out.printf("%d packs%n", packs);
    scan("first");
    sql("ANALYZE");
    scan("again");
  }

  private double fill(int objects) throws Exception {
    long began = System.nanoTime();
    sql(VALUES.formatted(objects, TOGETHER, ORIGINS, RECORDS_PER_PACK, RECORD_BYTES));
    return (System.nanoTime() - began) / 1e9;
  }

  private void sql(String statements) throws Exception {
    var address = PgAddress.parse(Files.readString(data.resolve("postgres.uri")).strip());
    try (Connection connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var statement = connection.createStatement()) {
      statement.execute(statements);
    }
  }

  /// As long as the fullest origin needs them.
  private int makePacks(int objects) throws IOException {
    int packs = 0;
    try (var origins = Files.list(data.resolve("origins"))) {
      for (var origin : origins.toList()) {
        var folder = Files.createDirectories(origin.resolve("packs"));
        long records = 3L * objects / ORIGINS + 3 * TOGETHER;
        for (long n = 0; n * RECORDS_PER_PACK < records; n++) {
          var file = folder.resolve("00000000000000ff-" + n).toFile();
          try (var pack = new RandomAccessFile(file, "rw")) {
            pack.setLength((long) RECORDS_PER_PACK * RECORD_BYTES);
          }
          packs++;
        }
      }
    }
    return packs;
  }

  private void scan(String which) throws Exception {
    long before = highWaterKilobytes();
    long began = System.nanoTime();
    var body = "{\"strategy\":{\"type\":\"Full\",\"mode\":\"Quick\"}}";
    var id = SCAN_ID.matcher(ask("/admin/scan/start", body));
    if (!id.find()) {
      throw new IllegalStateException("no scan began");
    }
    String status;
    do {
      TimeUnit.MILLISECONDS.sleep(50);
      status = ask("/admin/scan/" + id.group(1) + "/status", null);
    } while (status.contains("\"Scanning\"") || status.contains("\"Started\""));
    System.out.printf(
        Locale.ROOT,
        "quick scan, %s: %.1f s; memory of the node at most %d MB before and %d MB after%n",
        which,
        (System.nanoTime() - began) / 1e9,
        before / 1000,
        highWaterKilobytes() / 1000);
    System.out.println(status.replaceAll("\\s+", " "));
  }

  private String ask(String path, String body) throws Exception {
    var request = HttpRequest.newBuilder(rest.resolve(path));
    if (body != null) {
      request
          .header("content-type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(body));
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
  }

  private long highWaterKilobytes() throws IOException {
    long most = 0;
    for (var process : (Iterable<ProcessHandle>) node.toHandle().descendants()::iterator) {
      most = Math.max(most, highWaterKilobytes(process.pid()));
    }
    return Math.max(most, highWaterKilobytes(node.pid()));
  }

  private static long highWaterKilobytes(long pid) throws IOException {
    var file = Path.of("/proc/" + pid + "/status");
    var found = HIGH_WATER.matcher(Files.exists(file) ? Files.readString(file) : "");
    return found.find() ? Long.parseLong(found.group(1)) : 0;
  }

  private static void remove(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
