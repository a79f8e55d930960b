package io.kintsugi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// What clients feel of a full heal at default policy: p99 at half of the load that the node can
/// take, with an origin's shards being mended and without, turn by turn. An operation's time begins
/// when it was due, so that whoever waits for a turn counts too.
public final class ForegroundFigures {
  private static final int CLIENTS = 16;
  private static final int OBJECTS = 256;
  private static final int GET_BYTES = 1 << 20;
  private static final int PUT_BYTES = 256 << 10;
  private static final int PUTS_IN_TEN = 3;
  private static final int STORED_BYTES = 64 << 20;
  private static final int ORIGINS = 8;
  private static final int STORED_SHARD_MIN_BYTES = 8 << 20;
  private static final long WARM_UP_SECONDS = 40;
  private static final long LEAD_SECONDS = 10;
  private static final double MILLI = 1e6;

  private final BenchNode node;
  private final Path data;
  private final AtomicLong names = new AtomicLong();
  private final byte[] put = new byte[PUT_BYTES];

  private ForegroundFigures(BenchNode node, Path data) {
    this.node = node;
    this.data = data;
    new Random(3).nextBytes(put);
  }

  /// Latencies of one round, sorted.
  private record Round(long[] nanos, long[] gets, long[] puts, double perSecond) {
    double millis(double quantile) {
      return millis(nanos, quantile);
    }

    /// The p99 of GETs, then of PUTs.
    String apart() {
      return String.format(Locale.ROOT, "%.0f + %.0f", millis(gets, 0.99), millis(puts, 0.99));
    }

    private static double millis(long[] nanos, double quantile) {
      return nanos[(int) Math.min(nanos.length - 1, Math.ceil(quantile * nanos.length))] / MILLI;
    }
  }

  /// What one client did: how long it took, which, and when it was due.
  private record Done(long nanos, boolean put, long due) {}

  /// @param arguments pairs (default 7), seconds of each round (60), GiB to mend (6), an empty
  ///   folder
  public static void main(String[] arguments) throws Exception {
    int pairs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 60;
    int gib = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 6;
    var data =
        arguments.length > 3
            ? Files.createDirectories(Path.of(arguments[3]))
            : Files.createTempDirectory("kintsugi-bench");
    try (var node = BenchNode.start(data)) {
      new ForegroundFigures(node, data).run(pairs, seconds, gib);
    } finally {
      if (arguments.length < 4) {
        BenchNode.remove(data);
      }
    }
  }

  private void run(int pairs, int seconds, int gib) throws Exception {
    fill(gib);
    load(Double.POSITIVE_INFINITY, Math.min(WARM_UP_SECONDS, 2L * seconds));
    double most = load(Double.POSITIVE_INFINITY, seconds / 2).perSecond();
    double half = most / 2;
    System.out.printf(
        Locale.ROOT,
        "at most %.0f operations/s from %d clients; half of it: %.0f%n",
        most,
        CLIENTS,
        half);
    load(half, seconds / 2);
    var ratios = new double[pairs];
    // The first pair warms up: heals too are compiled while they run.
    for (int pair = -1; pair < pairs; pair++) {
      var without = scanned(half, seconds);
      long began = System.nanoTime();
      int broken = breakOrigin(1 + (pair + 1) % ORIGINS);
      var with = scanned(half, seconds);
      boolean lasted = isHealing();
      awaitHealed();
      double healed = (System.nanoTime() - began) / 1e9;
      double ratio = with.millis(0.99) / without.millis(0.99);
      if (pair >= 0) {
        ratios[pair] = ratio;
      }
      System.out.printf(
          Locale.ROOT,
          "%s  p50 %.1f -> %.1f ms  p99 %.1f -> %.1f ms (GET + PUT %s -> %s)  ratio %.2f  %d shards mended in %.0f s%s%n",
          pair < 0 ? "warm-up" : "pair " + pair,
          without.millis(0.5),
          with.millis(0.5),
          without.millis(0.99),
          with.millis(0.99),
          without.apart(),
          with.apart(),
          ratio,
          broken,
          healed,
          lasted ? "" : " (before the round had ended)");
    }
    Arrays.sort(ratios);
    System.out.printf(
        Locale.ROOT,
        "median ratio of p99 %.2f, from %.2f to %.2f%n",
        ratios[pairs / 2],
        ratios[0],
        ratios[pairs - 1]);
  }

  private void fill(int gib) throws Exception {
    node.s3().put("/hot", new byte[0]);
    node.s3().put("/stored", new byte[0]);
    var random = new Random(5);
    var body = new byte[GET_BYTES];
    for (int i = 0; i < OBJECTS; i++) {
      random.nextBytes(body);
      node.s3().put("/hot/" + i, body);
    }
    var large = new byte[STORED_BYTES];
    for (int i = 0; i < gib * 16; i++) {
      random.nextBytes(large);
      node.s3().put("/stored/" + i, large);
    }
  }

  /// A round of load that has begun before its time is taken: meanwhile a quick scan sees what is
  /// broken, and heals begin beside the clients.
  private Round scanned(double perSecond, long seconds) throws Exception {
    try (var own = Executors.newSingleThreadExecutor()) {
      var round = own.submit(() -> load(perSecond, LEAD_SECONDS, seconds));
      node.scan("Quick");
      return round.get();
    }
  }

  private Round load(double perSecond, long seconds) throws Exception {
    return load(perSecond, 0, seconds);
  }

  /// @param perSecond how many operations become due; infinite: each as soon as the last has ended
  /// @param leadSeconds before those that count
  private Round load(double perSecond, long leadSeconds, long seconds) throws Exception {
    long begin = System.nanoTime();
    long counted = begin + TimeUnit.SECONDS.toNanos(leadSeconds);
    long end = counted + TimeUnit.SECONDS.toNanos(seconds);
    double gapNanos = perSecond == Double.POSITIVE_INFINITY ? 0 : CLIENTS * 1e9 / perSecond;
    try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
      var clients =
          IntStream.range(0, CLIENTS)
              .mapToObj(client -> (Callable<List<Done>>) () -> client(client, begin, end, gapNanos))
              .toList();
      var all = new ArrayList<Done>();
      for (var done : threads.invokeAll(clients)) {
        done.get().stream().filter(one -> one.due() - counted >= 0).forEach(all::add);
      }
      double rate = all.size() * 1e9 / (System.nanoTime() - counted);
      return new Round(
          sorted(all, _ -> true), sorted(all, d -> !d.put()), sorted(all, Done::put), rate);
    }
  }

  private static long[] sorted(List<Done> all, Predicate<Done> which) {
    return all.stream().filter(which).mapToLong(Done::nanos).sorted().toArray();
  }

  private List<Done> client(int client, long began, long end, double gapNanos) throws Exception {
    var random = new Random(client);
    var done = new ArrayList<Done>();
    double due = began + gapNanos * random.nextDouble();
    while (true) {
      long from = gapNanos == 0 ? System.nanoTime() : (long) due;
      if (from >= end) {
        return done;
      }
      long early = from - System.nanoTime();
      if (early > 0) {
        TimeUnit.NANOSECONDS.sleep(early);
      }
      boolean put = operate(random);
      done.add(new Done(System.nanoTime() - from, put, from));
      due += gapNanos;
    }
  }

  /// Whether it was a PUT.
  private boolean operate(Random random) throws Exception {
    boolean puts = random.nextInt(10) < PUTS_IN_TEN;
    if (puts) {
      // Names come round again, so that the catalog does not grow with the length of the run.
      node.s3().put("/hot/put-" + names.getAndIncrement() % 1000, put);
    } else {
      var got = node.s3().get("/hot/" + random.nextInt(OBJECTS));
      if (got.length != GET_BYTES) {
        throw new IllegalStateException(got.length + " bytes came back");
      }
    }
    return puts;
  }

  /// Removes the shards of the large objects that one origin has.
  private int breakOrigin(int origin) throws IOException {
    try (var paths = Files.walk(data.resolve("origins/disk-" + origin + "/objects"))) {
      var shards =
          paths
              .filter(path -> Files.isRegularFile(path))
              .filter(path -> path.toFile().length() > STORED_SHARD_MIN_BYTES)
              .toList();
      for (var shard : shards) {
        Files.delete(shard);
      }
      return shards.size();
    }
  }

  private boolean isHealing() throws Exception {
    return !node.ask("GET", "/admin/heal", "").path("active").isEmpty();
  }

  private void awaitHealed() throws Exception {
    // Between two heals there may be a moment without one.
    for (int calm = 0; calm < 20; calm++) {
      if (isHealing()) {
        calm = 0;
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }
}
