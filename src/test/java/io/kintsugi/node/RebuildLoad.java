package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;

/// Clients that write, overwrite, copy and delete until their node dies, and remember what they
/// were told.
final class RebuildLoad {
  private static final String BUCKET = "load";
  private static final int CLIENTS = 3;
  private static final int PUT_CLIENTS = 12;
  private static final int KEYS = 12;
  private static final int BYTES_MAX = 200_000;
  private static final int PUT_BYTES_MAX = 6_000;
  private static final int ONLY_PUT = 7;

  /// Nothing lies under the key.
  private static final byte[] NOTHING = {};

  private final Map<String, byte[]> told = new ConcurrentHashMap<>();
  private final Map<String, byte[]> underWay = new ConcurrentHashMap<>();
  private final List<Thread> clients = new ArrayList<>();
  private final CountDownLatch time = new CountDownLatch(1);

  private final int count;
  private final boolean putsOnly;

  private RebuildLoad(int count, boolean putsOnly) {
    this.count = count;
    this.putsOnly = putsOnly;
  }

  /// Begins, and comes back after so long, while it goes on.
  static RebuildLoad run(RunningNode node, Duration duration) throws InterruptedException {
    return new RebuildLoad(CLIENTS, false).begin(node, duration);
  }

  /// The same with small objects that are written and overwritten, and nothing else: nothing waits
  /// for the journal.
  static RebuildLoad runSmallPuts(RunningNode node, Duration duration) throws InterruptedException {
    return new RebuildLoad(PUT_CLIENTS, true).begin(node, duration);
  }

  private RebuildLoad begin(RunningNode node, Duration duration) throws InterruptedException {
    try (var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
    }
    for (int i = 0; i < count; i++) {
      int client = i;
      clients.add(Thread.ofPlatform().start(() -> work(node.s3Url(), client)));
    }
    assertThat(time.await(duration.toMillis(), TimeUnit.MILLISECONDS)).isFalse();
    return this;
  }

  private void work(String url, int client) {
    var random = new Random(client);
    try (var store = new Store(url)) {
      for (int i = 0; ; i++) {
        var key = client + "/" + random.nextInt(KEYS);
        step(store, random, key, i);
      }
    } catch (SdkException e) {
      // The node is gone, as it should be.
      assertThat(told).isNotEmpty();
    }
  }

  private void step(Store store, Random random, String key, int number) {
    var from = key.substring(0, key.indexOf('/') + 1) + random.nextInt(KEYS);
    var source = told.get(from);
    switch (putsOnly ? ONLY_PUT : random.nextInt(8)) {
      case 0, 1 -> {
        underWay.put(key, NOTHING);
        store.client().deleteObject(b -> b.bucket(BUCKET).key(key));
        told.put(key, NOTHING);
      }
      case 2 -> {
        if (source != null && source.length > 0 && !from.equals(key)) {
          underWay.put(key, source);
          store
              .client()
              .copyObject(b ->
                  b.sourceBucket(BUCKET)
                      .sourceKey(from)
                      .destinationBucket(BUCKET)
                      .destinationKey(key));
          told.put(key, source);
        }
      }
      default -> {
        var body = Store.bytes(number, 1 + random.nextInt(putsOnly ? PUT_BYTES_MAX : BYTES_MAX));
        underWay.put(key, body);
        store.put(BUCKET, key, body);
        told.put(key, body);
      }
    }
    underWay.remove(key);
  }

  /// Waits until every client has noticed.
  void await() throws InterruptedException {
    for (var client : clients) {
      client.join(Duration.ofSeconds(60));
      assertThat(client.isAlive()).isFalse();
    }
  }

  /// Every key has what its client was told, or what was under way when the node died.
  void assertHeld(RunningNode node) {
    try (var store = new Store(node.s3Url())) {
      told.forEach((key, body) -> {
        var found = store.find(BUCKET, key);
        var candidate = underWay.get(key);
        assertThat(is(found, body) || (candidate != null && is(found, candidate)))
            .as(
                "%s after %d bytes, found %s",
                key, body.length, found == null ? "nothing" : found.length)
            .isTrue();
      });
    }
    assertThat(told).hasSizeGreaterThan(count * 3);
  }

  private static boolean is(byte @Nullable [] found, byte[] expected) {
    return found == null ? expected.length == 0 : Arrays.equals(found, expected);
  }
}
