package io.kintsugi.node;

import io.kintsugi.node.CrashCase.Work;
import io.kintsugi.node.Expected.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/// The clients of one round: what is there before the node is started to die, and what they ask for
/// until it has.
final class CrashLoad {
  static final String BUCKET = "crash";
  private static final int CLIENTS = 4;
  private static final int STEPS = 20;
  private static final int FILE_BYTES = 1_700_000;
  private static final int SMALL_BYTES = 60_000;
  private static final int PART_BYTES = 5 * 1024 * 1024;
  private static final int DAMAGED_OBJECTS = 3;
  private static final int LOST_SHARDS = 2;
  private static final int SPARSE_OBJECTS = 10;
  private static final Duration COLLECTION_LIMIT = Duration.ofSeconds(30);

  private final Work work;
  private final int round;
  private final Expected expected;
  private final AtomicInteger asked = new AtomicInteger();

  CrashLoad(Work work, int round, Expected expected) {
    this.work = work;
    this.round = round;
    this.expected = expected;
  }

  private String key(int client, int number) {
    return "round-" + round + "/" + work + "/" + client + "-" + number;
  }

  private Content content(int client, int version) {
    long seed = ((long) round << 32) + client * 1000L + version;
    return switch (work) {
      case PUT_SMALL, OVERWRITE_SMALL, HEAL_SMALL, COMPACT, STOP ->
          new Content(seed, List.of(SMALL_BYTES + 10 * version));
      case MULTIPART -> new Content(seed, List.of(PART_BYTES, 300_000 + version));
      default -> new Content(seed, List.of(FILE_BYTES + version));
    };
  }

  /// Puts what the work needs, on a node that lives.
  void prepare(Store store) {
    for (int client = 0; client < CLIENTS; client++) {
      switch (work) {
        case OVERWRITE_FILE, OVERWRITE_SMALL, COPY ->
            put(store, key(client, 0), content(client, 0));
        case MULTIPART -> multipart(store, key(client, 0), content(client, 0));
        case DELETE -> {
          for (int number = 0; number < STEPS / 4; number++) {
            put(store, key(client, number), content(client, number));
          }
        }
        case HEAL_FILE, HEAL_SMALL -> {
          if (client < DAMAGED_OBJECTS) {
            put(store, key(client, 0), content(client, 0));
          }
        }
        case COLLECT -> {
          put(store, key(client, 0), content(client, 0));
          put(store, key(client, 0), content(client, 1));
          put(store, key(client, 1), content(client, 0));
          delete(store, key(client, 1));
        }
        case COMPACT -> {
          for (int number = 0; number < SPARSE_OBJECTS; number++) {
            put(store, key(client, number), content(client, number));
          }
          for (int number = 1; number < SPARSE_OBJECTS; number++) {
            delete(store, key(client, number));
          }
        }
        case PUT_FILE, PUT_SMALL, STOP -> {}
      }
    }
  }

  /// Damages what is to be healed, while no node runs.
  void damage(Path data) throws IOException, SQLException {
    if (work == Work.HEAL_FILE) {
      var shards = new Disk(data).shards(BUCKET);
      for (int client = 0; client < DAMAGED_OBJECTS; client++) {
        var files = shards.getOrDefault(key(client, 0), List.of());
        for (int lost = 0; lost < LOST_SHARDS; lost++) {
          Files.delete(files.get((client + lost) % files.size()));
        }
      }
    } else if (work == Work.HEAL_SMALL) {
      for (int client = 0; client < DAMAGED_OBJECTS; client++) {
        overwriteCopies(data, key(client, 0));
      }
    } else if (work == Work.COLLECT) {
      var shards = new Disk(data).shards(BUCKET);
      for (int client = 0; client < DAMAGED_OBJECTS; client++) {
        leaveOrphans(data, shards.getOrDefault(key(client, 0), List.of()));
      }
    }
  }

  /// As a write leaves them that died before its commit: whole shards under another attempt. One
  /// shard that is needed lies in quarantine, as a collection may never leave it.
  private static void leaveOrphans(Path data, List<Path> shards) throws IOException {
    for (var shard : shards) {
      var name = shard.getFileName().toString();
      int last = name.charAt(name.length() - 1) == 'f' ? 'e' : 'f';
      Files.copy(shard, shard.resolveSibling(name.substring(0, name.length() - 1) + (char) last));
    }
    var origins = data.resolve("origins");
    var needed = shards.getLast();
    var origin = origins.resolve(origins.relativize(needed).getName(0));
    var quarantine = Files.createDirectories(origin.resolve("quarantine"));
    Files.move(needed, quarantine.resolve(needed.getFileName()));
  }

  /// All but one copy of a small object.
  private static void overwriteCopies(Path data, String key) throws IOException, SQLException {
    var places =
        new CatalogRows(data)
            .read(
                "SELECT origin_id || '/' || container || ' ' || at_offset FROM location"
                    + " JOIN object o ON o.version_id = write_id WHERE shard_index > 0"
                    + " AND container IS NOT NULL AND key = '"
                    + key
                    + "'");
    for (var place : places) {
      var words = place.split(" ", 2);
      var pack = data.resolve("origins").resolve(words[0]);
      try (var file = FileChannel.open(pack, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.allocate(512), Long.parseLong(words[1]) + 300);
      }
    }
  }

  /// Deletes what the round has put but for the first client's, so that the next does not take
  /// longer.
  void leaveOne(Store store) {
    var mine = "round-" + round + "/";
    var kept = mine + work + "/0-";
    expected.present().stream()
        .filter(key -> key.startsWith(mine) && !key.startsWith(kept))
        .forEach(key -> delete(store, key));
  }

  /// Whether the node died of what it was asked for, and not of its start. A healer needs nobody to
  /// ask it.
  boolean hasBegun() {
    return work == Work.HEAL_FILE || work == Work.HEAL_SMALL || asked.get() > 0;
  }

  /// Asks until the node is gone, or has answered more than it should have.
  void run(RunningNode node) throws Exception {
    switch (work) {
      case HEAL_FILE, HEAL_SMALL -> scan(node);
      case COLLECT, COMPACT -> {
        try (var others = Executors.newSingleThreadExecutor()) {
          var _ =
              others.submit(() -> {
                collect(node);
                return true;
              });
          clients(node);
        }
      }
      case STOP -> {
        clients(node);
        node.askToStop();
      }
      default -> clients(node);
    }
  }

  /// It may be gone before it has answered, for the healer needs nobody to ask it.
  private static void scan(RunningNode node) throws InterruptedException {
    try {
      node.rest().startScan("Deep");
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      // It came to its point before it answered; whether it did is asked later.
      node.awaitEnd(Duration.ofSeconds(5));
    }
  }

  /// A look at all names first, else nobody knows of those in no row; then pass after pass.
  private void collect(RunningNode node) throws InterruptedException {
    long limit = System.nanoTime() + COLLECTION_LIMIT.toNanos();
    try {
      runCollection(node);
      if (work == Work.COLLECT) {
        // A scan would have rebuilt elsewhere what is to be brought back from quarantine.
        while (System.nanoTime() < limit && isAnythingQuarantined(node.data())) {
          node.awaitEnd(Duration.ofMillis(200));
          runCollection(node);
        }
        node.rest().awaitScan(node.rest().startScan("Quick"));
      }
      while (node.isAlive() && System.nanoTime() < limit) {
        runCollection(node);
        node.awaitEnd(Duration.ofMillis(200));
      }
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      // It came to its point before it answered.
      node.awaitEnd(Duration.ofSeconds(5));
    }
  }

  private static boolean isAnythingQuarantined(Path data) throws IOException {
    try (var origins = Files.list(data.resolve("origins"))) {
      for (var origin : (Iterable<Path>) origins::iterator) {
        var quarantine = origin.resolve("quarantine");
        if (Files.exists(quarantine)) {
          try (var files = Files.list(quarantine)) {
            if (files.findAny().isPresent()) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }

  private void runCollection(RunningNode node) throws Exception {
    asked.incrementAndGet();
    node.rest().post("/api/v1/collection/run", "{}");
  }

  private void clients(RunningNode node) throws InterruptedException {
    try (var store = new Store(node.s3Url());
        var clients = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        var _ = clients.submit(() -> ask(store, node, client));
      }
      clients.shutdown();
      if (!clients.awaitTermination(60, TimeUnit.SECONDS)) {
        throw new AssertionError("a client still waits for its answer");
      }
    }
  }

  private void ask(Store store, RunningNode node, int client) {
    int steps =
        switch (work) {
          case DELETE -> STEPS / 4;
          case STOP -> 2;
          case COMPACT -> 0;
          default -> STEPS;
        };
    for (int step = 0; step < steps && node.isAlive(); step++) {
      try {
        step(store, client, step);
      } catch (SdkException e) {
        // Not answered. After the end of the node every further question ends so.
        return;
      }
    }
  }

  private void step(Store store, int client, int step) {
    asked.incrementAndGet();
    switch (work) {
      case OVERWRITE_FILE, OVERWRITE_SMALL -> put(store, key(client, 0), content(client, step + 1));
      case MULTIPART -> multipart(store, key(client, 0), content(client, step + 1));
      case COPY -> copy(store, key(client, 0), key(client, step + 1));
      case COLLECT -> {
        put(store, key(client, 2), content(client, step));
        delete(store, key(client, 2));
      }
      case DELETE -> delete(store, key(client, step));
      default -> put(store, key(client, step), content(client, step));
    }
  }

  private void put(Store store, String key, Content next) {
    expected.asked(key, next);
    store.put(BUCKET, key, next.whole());
    expected.answered(key, next);
  }

  private void delete(Store store, String key) {
    expected.asked(key, Content.NONE);
    store.client().deleteObject(b -> b.bucket(BUCKET).key(key));
    expected.answered(key, Content.NONE);
  }

  private void copy(Store store, String from, String to) {
    var next = expected.only(from);
    expected.asked(to, next);
    store
        .client()
        .copyObject(b ->
            b.sourceBucket(BUCKET).sourceKey(from).destinationBucket(BUCKET).destinationKey(to));
    expected.answered(to, next);
  }

  private void multipart(Store store, String key, Content next) {
    var client = store.client();
    var id = client.createMultipartUpload(b -> b.bucket(BUCKET).key(key)).uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (int number = 1; number <= next.sizes().size(); number++) {
      int part = number;
      var etag =
          client
              .uploadPart(
                  b -> b.bucket(BUCKET).key(key).uploadId(id).partNumber(part),
                  RequestBody.fromBytes(next.part(part - 1)))
              .eTag();
      parts.add(CompletedPart.builder().partNumber(part).eTag(etag).build());
    }
    expected.asked(key, next);
    client.completeMultipartUpload(
        b -> b.bucket(BUCKET).key(key).uploadId(id).multipartUpload(u -> u.parts(parts)));
    expected.answered(key, next);
  }
}
