package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;

/// kill -9 in the middle of PUTs, restarted at once: what was acknowledged is there byte for byte,
/// what was not is there whole or not at all, and a scan of every byte finds nothing.
@ExtendWith(NodeLogs.class)
class KillIT {
  private static final int ROUNDS = Integer.getInteger("kintsugi.rounds", 2);
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final int WRITERS = 16;
  private static final int ACKNOWLEDGED_BEFORE_KILL = 60;
  private static final int[] SIZES = {0, 100, 4_096, 60_000, 131_073, 400_000, 1_700_000};

  @TempDir private static Path data;
  private static RunningNode node;

  private interface Kill {
    void now(RunningNode node) throws Exception;
  }

  /// Objects of a bucket by key, each known by its key alone.
  private record Written(String bucket, Map<String, Boolean> acknowledged) {
    long acknowledgedCount() {
      return acknowledged.values().stream().filter(Boolean::booleanValue).count();
    }
  }

  @Test
  void nothingAcknowledgedIsLostWhenTheJvmIsKilled() throws Exception {
    rounds("jvm", RunningNode::killJvm);
  }

  @Test
  void nothingAcknowledgedIsLostWhenTheJvmAndPostgresAreKilled() throws Exception {
    rounds("jvm-and-postgres", RunningNode::killJvmAndPostgres);
  }

  @BeforeAll
  static void startNode() {
    node = RunningNode.start(data);
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private static void rounds(String bucket, Kill kill) throws Exception {
    var written = new Written(bucket, new ConcurrentHashMap<>());
    try (var store = new Store(node.s3Url())) {
      store.createBucket(bucket);
    }
    for (int round = 0; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      killAmidWrites(kill, written, round);
      long killed = System.nanoTime();
      node.restart();
      long serving = System.nanoTime();
      verify(written);
      System.out.printf(
          "%s round %d: %d of %d writes acknowledged, killed after %d ms, serving %d ms later, proven in %d ms%n",
          bucket,
          round + 1,
          written.acknowledgedCount(),
          written.acknowledged().size(),
          (killed - begin) / NANOS_PER_MILLI,
          (serving - killed) / NANOS_PER_MILLI,
          (System.nanoTime() - serving) / NANOS_PER_MILLI);
    }
  }

  private static void killAmidWrites(Kill kill, Written written, int round) throws Exception {
    var stop = new AtomicBoolean();
    long before = written.acknowledgedCount();
    try (var store = new Store(node.s3Url());
        var writers = Executors.newFixedThreadPool(WRITERS)) {
      for (int writer = 0; writer < WRITERS; writer++) {
        var prefix = "round-" + round + "/writer-" + writer + "/";
        var _ = writers.submit(() -> write(store, prefix, stop, written));
      }
      await("enough acknowledged objects")
          .atMost(Duration.ofSeconds(60))
          .pollDelay(Duration.ofMillis(20))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> written.acknowledgedCount() - before >= ACKNOWLEDGED_BEFORE_KILL);
      kill.now(node);
      stop.set(true);
      writers.shutdown();
      assertThat(writers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(written.acknowledged()).as("some writes were under way").containsValue(false);
  }

  private static void write(Store store, String prefix, AtomicBoolean stop, Written written) {
    for (int i = 0; !stop.get(); i++) {
      var key = prefix + i;
      written.acknowledged().put(key, false);
      try {
        store.put(written.bucket(), key, content(key));
        written.acknowledged().put(key, true);
      } catch (SdkException e) {
        // Not acknowledged: it may be there or not. After the kill every further try ends so.
        return;
      }
    }
  }

  private static byte[] content(String key) {
    var random = new Random(key.hashCode());
    return Store.bytes(key.hashCode(), SIZES[random.nextInt(SIZES.length)]);
  }

  private static void verify(Written written) throws Exception {
    var wrong = new ArrayList<String>();
    try (var store = new Store(node.s3Url())) {
      written
          .acknowledged()
          .forEach((key, acknowledged) -> {
            var found = store.find(written.bucket(), key);
            if (found == null ? acknowledged : !java.util.Arrays.equals(found, content(key))) {
              wrong.add(key + (found == null ? " is gone" : " has other bytes"));
            }
          });
    }
    assertThat(wrong).isEmpty();
    assertThat(node.rest().wrong()).as("what a scan of every byte finds").isEmpty();
  }
}
