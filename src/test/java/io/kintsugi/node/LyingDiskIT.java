package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.format.Marker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// T17: disks that say that they have flushed, and lose it when the power goes: bytes, lengths and
/// names. What was acknowledged is there all the same, and is made whole again.
@ExtendWith(NodeLogs.class)
class LyingDiskIT {
  private static final String BUCKET = "trusted";
  private static final int FILE_BYTES = 1_700_000;
  private static final int SMALL_BYTES = 30_000;
  private static final int SMALL_OBJECTS = 6;
  private static final int FATES = 3;

  @TempDir private Path data;
  private final Map<String, byte[]> expected = new HashMap<>();

  @Test
  @DisplayName("T17: what disks lose that lied about their flushes is read, found and mended")
  void whatWasAcknowledgedSurvivesDisksThatLieAboutFlushes() throws Exception {
    try (var node = RunningNode.start(data)) {
      try (var store = new Store(node.s3Url())) {
        store.createBucket(BUCKET);
      }
      // One at once after the last answer: a write may lie on no more than k + 1 origins.
      powerCut(node, 1, false, "disk-3");
      // As many as may be lost of what lies where it should.
      powerCut(node, 2, true, "disk-3", "disk-6");
    }
  }

  private void powerCut(RunningNode node, int round, boolean whole, String... liars)
      throws Exception {
    var honest = sizes(liars);
    try (var store = new Store(node.s3Url())) {
      write(store, round);
    }
    if (whole) {
      node.rest().awaitWhole();
    }
    node.killJvmAndPostgres();
    assertThat(loseSince(honest, liars)).as("files that lost something").isGreaterThan(2);
    node.restart();
    assertThere(node);
    var scan = node.rest().awaitScan(node.rest().startScan("Deep"));
    assertThat(scan.path("issues")).as("what was lost is found without a read").isNotEmpty();
    assertThat(node.rest().wrong()).as("what a scan finds after the heals").isEmpty();
    assertThere(node);
  }

  private void write(Store store, int round) {
    put(store, "file-" + round, round, FILE_BYTES);
    put(store, "overwritten", round, FILE_BYTES + round);
    put(store, "overwritten", 10L + round, FILE_BYTES - round);
    for (int i = 0; i < SMALL_OBJECTS; i++) {
      put(store, "small-" + round + "-" + i, i, SMALL_BYTES);
    }
    put(store, "deleted", round, SMALL_BYTES);
    store.client().deleteObject(d -> d.bucket(BUCKET).key("deleted"));
    expected.remove("deleted");
  }

  private void put(Store store, String key, long seed, int bytes) {
    var body = Store.bytes(seed, bytes);
    store.put(BUCKET, key, body);
    expected.put(key, body);
  }

  private void assertThere(RunningNode node) {
    try (var store = new Store(node.s3Url())) {
      for (var object : expected.entrySet()) {
        assertThat(store.get(BUCKET, object.getKey()))
            .as(object.getKey())
            .isEqualTo(object.getValue());
      }
      assertThat(store.find(BUCKET, "deleted")).isNull();
    }
  }

  private Map<Path, Long> sizes(String... disks) throws IOException {
    var sizes = new TreeMap<Path, Long>();
    for (var disk : disks) {
      try (var files = Files.walk(data.resolve("origins").resolve(disk))) {
        for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
          sizes.put(file, Files.size(file));
        }
      }
    }
    return sizes;
  }

  /// What came since then loses its name, its bytes or half of them; what grew is as long as then.
  private int loseSince(Map<Path, Long> then, String... disks) throws IOException {
    int lost = 0;
    for (var file : sizes(disks).entrySet()) {
      var path = file.getKey();
      long before = then.getOrDefault(path, 0L);
      if (file.getValue() == before || path.endsWith(Marker.FILE_NAME)) {
        continue;
      }
      if (before == 0 && lost % FATES == 0) {
        Files.delete(path);
      } else {
        long left = before == 0 && lost % FATES == 1 ? file.getValue() / 2 : before;
        try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
          channel.truncate(left);
        }
      }
      lost++;
    }
    return lost;
  }
}
