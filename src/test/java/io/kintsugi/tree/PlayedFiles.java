package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.FileRecords;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileHash;
import io.kintsugi.contract.FilesContract.FilePage;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FoundFile;
import io.kintsugi.contract.FilesContract.ListFiles;
import io.kintsugi.contract.FilesContract.ListedFile;
import io.kintsugi.contract.FilesContract.ReadFile;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.TreeContract.Trees;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The neighbours of the tree, played over the bus: origins with files in memory that can be made
/// ill in several ways, and the catalog.
final class PlayedFiles {
  static final Instant AT = Instant.parse("2026-01-01T00:00:00.000000001Z");

  /// A file of a played origin.
  record Played(Buffer content, Instant modified) {
    byte[] bytes() {
      return content.getBytes();
    }

    FileStamp stamp() {
      return new FileStamp(content.length(), modified, null);
    }
  }

  /// One played origin.
  static final class Place {
    final Map<String, Played> files = new ConcurrentSkipListMap<>(KeyOrder.INSTANCE);
    volatile String health = "healthy";
    volatile int failures;
    volatile double latencyMillis = 1;

    /// What every question about files fails with; null: it answers.
    volatile @Nullable Failure failing;

    /// A stream breaks off after so many bytes; negative: it does not.
    volatile long breaksAfter = -1;

    volatile Failure breaksWith = Failure.of(FailureCode.UNAVAILABLE, "the wire broke");

    /// It answers, opens the stream, and then says nothing more.
    volatile boolean mute;

    void put(String path, String text) {
      put(path, text.getBytes(java.nio.charset.StandardCharsets.UTF_8), AT);
    }

    void put(String path, byte[] bytes, Instant modified) {
      files.put(path, new Played(Buffer.buffer(bytes), modified));
    }
  }

  final Map<String, Place> places = new ConcurrentHashMap<>();
  final Map<String, Tree> trees = new ConcurrentHashMap<>();
  final Map<FileName, FileRecord> records = new ConcurrentHashMap<>();
  final List<String> reads = new CopyOnWriteArrayList<>();
  final List<String> hashed = new CopyOnWriteArrayList<>();
  final List<ListFiles> listings = new CopyOnWriteArrayList<>();
  private final AtomicLong versions = new AtomicLong();
  private final World world;

  PlayedFiles(World world) {
    this.world = world;
    var bus = world.bus();
    bus.answer(FilesContract.LIST_FILE_ORIGINS, _ -> Future.succeededFuture(states()));
    bus.answer(
        CatalogTreeContract.LOAD_TREES,
        _ -> Future.succeededFuture(new Trees(List.copyOf(trees.values()))));
    bus.answer(
        CatalogTreeContract.SAVE_TREE,
        wish -> {
          long version = versions.incrementAndGet();
          int copies = Objects.requireNonNullElse(wish.replicationFactor(), 1);
          var tree =
              new Tree(
                  wish.name(),
                  wish.sources(),
                  wish.conflicts(),
                  AT,
                  version,
                  wish.writes(),
                  copies,
                  wish.care());
          trees.put(wish.name(), tree);
          return Future.succeededFuture(tree);
        });
    bus.answer(
        CatalogTreeContract.DROP_TREE,
        wish -> {
          trees.remove(wish.name());
          return Future.succeededFuture(new Done());
        });
    bus.answer(
        CatalogTreeContract.FIND_FILE_RECORDS,
        wanted ->
            Future.succeededFuture(
                new FileRecords(
                    wanted.files().stream().map(records::get).filter(Objects::nonNull).toList())));
    bus.answer(CatalogTreeContract.SAVE_FILE_RECORD, wish -> Future.succeededFuture(save(wish)));
  }

  FileRecord save(SaveFileRecord wish) {
    var name = new FileName(wish.originId(), wish.path());
    var before = records.get(name);
    boolean rotten =
        before != null
            && before.stamp().sizeBytes() == wish.stamp().sizeBytes()
            && before.stamp().modified().equals(wish.stamp().modified())
            && !before.sha256().equals(wish.sha256());
    var record =
        before != null && rotten
            ? new FileRecord(
                wish.originId(),
                wish.path(),
                wish.stamp(),
                before.sha256(),
                before.verified(),
                wish.sha256())
            : new FileRecord(
                wish.originId(),
                wish.path(),
                wish.stamp(),
                wish.sha256(),
                world.clock().instant(),
                null);
    records.put(name, record);
    return record;
  }

  /// What a catalog would know once everything was read.
  void know(String origin, String path) {
    var file = Objects.requireNonNull(place(origin).files.get(path));
    save(new SaveFileRecord(origin, path, file.stamp(), sha256(file.bytes())));
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  Place place(String id) {
    return Objects.requireNonNull(places.get(id), id);
  }

  private Origins states() {
    return new Origins(
        places.entrySet().stream().map(e -> state(e.getKey(), e.getValue())).toList());
  }

  static OriginState state(String id, Place place) {
    return new OriginState(
        id,
        "local",
        "/" + id,
        id,
        100,
        place.health,
        "ours",
        null,
        false,
        0,
        0,
        -1,
        place.latencyMillis,
        9,
        place.failures,
        AT,
        place.health.equals("unhealthy") ? "unplugged" : null,
        null,
        List.of());
  }

  Place add(String id) {
    var place = new Place();
    places.put(id, place);
    var bus = world.bus();
    bus.answer(
        FilesContract.LIST_FILES.at(id), question -> told(place, () -> list(place, question)));
    bus.answer(
        FilesContract.FIND_FILE.at(id),
        question -> told(place, () -> new FoundFile(file(place, question.path()).stamp())));
    bus.answer(
        FilesContract.HASH_FILE.at(id),
        question ->
            told(
                place,
                () -> {
                  hashed.add(id + " " + question.path());
                  var bytes = file(place, question.path()).bytes();
                  return new FileHash(sha256(bytes), bytes.length);
                }));
    bus.answer(
        FilesContract.READ_FILE.at(id), question -> told(place, () -> read(id, place, question)));
    return place;
  }

  private interface Answer<T> {
    T get();
  }

  private static <T> Future<T> told(Place place, Answer<T> answer) {
    var failure = place.failing;
    return failure == null ? Future.succeededFuture(answer.get()) : Future.failedFuture(failure);
  }

  private static Played file(Place place, String path) {
    var file = place.files.get(path);
    if (file == null) {
      throw Failure.of(FailureCode.NOT_FOUND, "no " + path, "what", "file");
    }
    return file;
  }

  private FilePage list(Place place, ListFiles question) {
    listings.add(question);
    var top = question.folder().isEmpty() ? "" : question.folder() + "/";
    var names = new TreeSet<>(KeyOrder.INSTANCE);
    for (var path : place.files.keySet()) {
      if (path.startsWith(top)) {
        var name = path.substring(top.length());
        int slash = name.indexOf('/');
        names.add(question.deep() || slash < 0 ? name : name.substring(0, slash + 1));
      }
    }
    var page = new ArrayList<ListedFile>();
    for (var name : names) {
      if (KeyOrder.compare(name, question.after()) > 0) {
        if (page.size() == question.max()) {
          return new FilePage(page, page.getLast().path());
        }
        var file = place.files.get(top + name);
        page.add(new ListedFile(name, file == null ? null : file.stamp()));
      }
    }
    return new FilePage(page, null);
  }

  private FoundFile read(String id, Place place, ReadFile question) {
    var file = file(place, question.path());
    if (!file.stamp().equals(question.stamp())) {
      throw Failure.of(FailureCode.CONFLICT, "changed", "what", "file-changed");
    }
    reads.add(id + " " + question.offset());
    var sink = world.blobs().connect(question.into());
    int from = (int) question.offset();
    int to = from + (int) question.lengthBytes();
    if (place.mute) {
      return new FoundFile(file.stamp());
    }
    long end = place.breaksAfter < 0 ? to : Math.min(to, from + place.breaksAfter);
    for (int at = from; at < end; at += 50_000) {
      sink.write(
          Buffer.buffer(Arrays.copyOfRange(file.bytes(), at, (int) Math.min(end, at + 50_000L))));
    }
    if (place.breaksAfter < 0) {
      sink.end();
    } else {
      // After what was written has been taken: an abort overtakes what waits.
      world.after(java.time.Duration.ofMillis(50), () -> sink.abort(place.breaksWith));
    }
    return new FoundFile(file.stamp());
  }
}
