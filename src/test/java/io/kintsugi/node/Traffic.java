package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;

/// Clients that write and read while something happens to a node, and what they saw of it. A key
/// always has the same bytes, so that whoever reads knows what must come, whenever that is.
final class Traffic implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final RunningNode node;
  private final String bucket;
  private final int keysEach;
  private final int[] sizes;
  private final Map<String, Integer> written = new ConcurrentHashMap<>();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final List<Long> readMillis = Collections.synchronizedList(new ArrayList<>());
  private final List<Long> writeMillis = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicBoolean over = new AtomicBoolean();

  /// @param keysEach so many keys each writer writes, over and over
  Traffic(RunningNode node, String bucket, int keysEach, int... sizes) {
    this.node = node;
    this.bucket = bucket;
    this.keysEach = keysEach;
    this.sizes = sizes;
  }

  private static byte[] bytes(String key, int size) {
    return Store.bytes(key.hashCode(), size);
  }

  /// What is there before anything happens.
  void prepare(Store store, int count) {
    for (int i = 0; i < count; i++) {
      write(store, "before/" + i, sizes[i % sizes.length]);
    }
    assertThat(failures).isEmpty();
    readMillis.clear();
    writeMillis.clear();
  }

  Traffic begin(int writers, int readers) {
    for (int lane = 0; lane < writers; lane++) {
      var name = "lane-" + lane + "/";
      start((store, turn) ->
          write(store, name + turn % keysEach, sizes[turn % keysEach % sizes.length]));
    }
    for (int lane = 0; lane < readers; lane++) {
      start((store, turn) -> {
        var keys = List.copyOf(written.keySet());
        read(store, keys.get(turn % keys.size()));
      });
    }
    return this;
  }

  private interface Turn {
    void take(Store store, int number);
  }

  private void start(Turn turn) {
    threads.add(
        Thread.ofPlatform()
            .start(() -> {
              try (var store = new Store(node.s3Url())) {
                for (int i = 0; !over.get(); i++) {
                  turn.take(store, i);
                }
              }
            }));
  }

  private void write(Store store, String key, int size) {
    timed(writeMillis, "PUT " + key, () -> store.put(bucket, key, bytes(key, size)));
    written.put(key, size);
  }

  private void read(Store store, String key) {
    timed(
        readMillis,
        "GET " + key,
        () -> {
          if (!Arrays.equals(store.get(bucket, key), bytes(key, written.getOrDefault(key, 0)))) {
            failures.add("GET " + key + ": other bytes");
          }
        });
  }

  private void timed(List<Long> times, String what, Runnable work) {
    long began = System.nanoTime();
    try {
      work.run();
    } catch (RuntimeException e) {
      failures.add(what + ": " + e);
    }
    times.add((System.nanoTime() - began) / 1_000_000);
  }

  /// Waits until clients have done so much more.
  void await(int reads, int writes) {
    int readsThen = readMillis.size() + reads;
    int writesThen = writeMillis.size() + writes;
    Awaitility.await("clients go on")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> readMillis.size() >= readsThen && writeMillis.size() >= writesThen);
  }

  /// What clients saw since the last time this was asked; none of it may be a failure.
  String seen(String drill) {
    var told =
        "%s: %s; %s; failed: %d"
            .formatted(
                drill, told("reads", readMillis), told("writes", writeMillis), failures.size());
    System.err.println(told);
    assertThat(failures).as(told).isEmpty();
    readMillis.clear();
    writeMillis.clear();
    return told;
  }

  private static String told(String what, List<Long> times) {
    var millis = Arrays.stream(times.toArray(new Long[0])).sorted().toList();
    return millis.isEmpty()
        ? "no " + what
        : "%d %s, p50 %d ms, p99 %d ms, at most %d ms"
            .formatted(
                millis.size(),
                what,
                millis.get(millis.size() / 2),
                millis.get(millis.size() * 99 / 100),
                millis.getLast());
  }

  /// Ends all clients, and reads everything once more.
  void end(Store store) {
    close();
    for (var key : written.keySet()) {
      read(store, key);
    }
    assertThat(failures).isEmpty();
    assertThat(written).isNotEmpty();
  }

  @Override
  public void close() {
    over.set(true);
    threads.forEach(Traffic::join);
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
