package io.kintsugi.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// A real node over S3 against the disk under it in the same run: large objects in MB/s, small ones
/// in operations per second. The floor writes what the shards of an object hold, as new files that
/// are flushed with their folder, and does nothing else.
public final class S3Figures {
  private static final int LARGE_BYTES = 64 << 20;
  private static final int SMALL_BYTES = 4 << 10;
  private static final int SMALL_CLIENTS = 16;
  private static final int K = 6;
  private static final int M = 2;
  private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// A fresh JVM compiles for about this long before its figures stand still.
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(20);

  /// So that a fast disk is not filled within a round.
  private static final int LARGE_PER_CLIENT_MAX = 12;

  private static final int SMALL_PER_CLIENT_MAX = 20_000;

  private final Path data;
  private final S3Client s3;
  private final AtomicLong names = new AtomicLong();

  private S3Figures(Path data, S3Client s3) {
    this.data = data;
    this.s3 = s3;
  }

  /// One operation; `number` tells the clients' turns apart.
  private interface Operation {
    void run(int client, int number) throws Exception;
  }

  /// @param arguments an empty folder may be named; else a temporary one is made and removed
  public static void main(String[] arguments) throws Exception {
    var data =
        arguments.length > 0
            ? Files.createDirectories(Path.of(arguments[0]))
            : Files.createTempDirectory("kintsugi-bench");
    try (var node = BenchNode.start(data)) {
      new S3Figures(data, node.s3()).run();
    } finally {
      if (arguments.length == 0) {
        BenchNode.remove(data);
      }
    }
  }

  private void run() throws Exception {
    System.out.printf(
        "java %s, %d processors, %s, 8 local origins in one folder, %d+%d%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        Files.getFileStore(data).type(),
        K,
        M);
    System.out.println(
        "durability: a PUT is answered after at least k+1 shards and their folders are flushed and"
            + " PostgreSQL has committed (fsync, synchronous_commit, full_page_writes on)");
    s3.put("/bench", new byte[0]);
    var large = random(LARGE_BYTES);
    s3.put("/bench/warm", large);
    if (!Arrays.equals(s3.get("/bench/warm"), large)) {
      throw new IllegalStateException("other bytes came back");
    }
    rate(
        2,
        LARGE_PER_CLIENT_MAX,
        WARM_UP_NANOS,
        (client, _) -> {
          s3.put("/bench/warm/" + client, large);
          length(s3.get("/bench/warm"), large.length);
        });
    for (int clients : new int[] {1, 4}) {
      large(clients, large);
    }
    small();
  }

  private void large(int clients, byte[] body) throws Exception {
    double floor =
        rate(clients, LARGE_PER_CLIENT_MAX, (_, _) -> floor(K + M, LARGE_BYTES / K)) * mb(body);
    double put =
        rate(
                clients,
                LARGE_PER_CLIENT_MAX,
                (client, number) -> s3.put(key("large", clients, client, number), body))
            * mb(body);
    double get =
        rate(clients, LARGE_PER_CLIENT_MAX, (_, _) -> length(s3.get("/bench/warm"), body.length))
            * mb(body);
    print("64 MiB", clients, "MB/s", put, get, floor);
  }

  private void small() throws Exception {
    var body = random(SMALL_BYTES);
    double floor = rate(SMALL_CLIENTS, SMALL_PER_CLIENT_MAX, (_, _) -> floor(1 + M, SMALL_BYTES));
    rate(
        SMALL_CLIENTS,
        SMALL_PER_CLIENT_MAX,
        WARM_UP_NANOS,
        (client, number) -> {
          s3.put(key("warm", SMALL_CLIENTS, client, number), body);
          length(s3.get(key("warm", SMALL_CLIENTS, client, number)), body.length);
        });
    double put =
        rate(
            SMALL_CLIENTS,
            SMALL_PER_CLIENT_MAX,
            (client, number) -> s3.put(key("small", SMALL_CLIENTS, client, number), body));
    double get =
        rate(
            SMALL_CLIENTS,
            SMALL_PER_CLIENT_MAX,
            (client, _) -> length(s3.get(key("small", SMALL_CLIENTS, client, 0)), body.length));
    print("4 KiB", SMALL_CLIENTS, "op/s", put, get, floor);
  }

  private static void print(
      String what, int clients, String unit, double put, double get, double floor) {
    System.out.printf(
        Locale.ROOT,
        "%-6s %2d clients  PUT %8.1f %s  GET %8.1f %s  disk floor %8.1f %s  PUT to floor %.2f%n",
        what,
        clients,
        put,
        unit,
        get,
        unit,
        floor,
        unit,
        put / floor);
  }

  private static void length(byte[] got, int expected) {
    if (got.length != expected) {
      throw new IllegalStateException(got.length + " bytes came back");
    }
  }

  private static double mb(byte[] body) {
    return body.length / 1e6;
  }

  private static String key(String kind, int clients, int client, int number) {
    return "/bench/" + kind + "/" + clients + "/" + client + "-" + number;
  }

  /// Operations per second over all clients.
  private static double rate(int clients, int perClientMax, Operation operation) throws Exception {
    return rate(clients, perClientMax, ROUND_NANOS, operation);
  }

  private static double rate(int clients, int perClientMax, long roundNanos, Operation operation)
      throws Exception {
    long began = System.nanoTime();
    try (var threads = Executors.newFixedThreadPool(clients)) {
      var works =
          IntStream.range(0, clients)
              .mapToObj(client ->
                  (Callable<Integer>)
                      () -> {
                        int number = 0;
                        do {
                          operation.run(client, number++);
                        } while (number < perClientMax && System.nanoTime() - began < roundNanos);
                        return number;
                      })
              .toList();
      int done = 0;
      for (Future<Integer> future : threads.invokeAll(works)) {
        done += future.get();
      }
      return done * 1e9 / (System.nanoTime() - began);
    }
  }

  private void floor(int files, int sizeBytes) throws IOException {
    var folder = Files.createDirectories(data.resolve("floor"));
    var bytes = ByteBuffer.wrap(new byte[sizeBytes]);
    for (int i = 0; i < files; i++) {
      var file = folder.resolve(Long.toString(names.incrementAndGet()));
      try (var channel =
          FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        bytes.clear();
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      try (var channel = FileChannel.open(folder)) {
        channel.force(true);
      }
    }
  }

  private static byte[] random(int length) {
    var bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }
}
