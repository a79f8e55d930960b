package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.FilesChanged;
import io.kintsugi.driver.Driver.Change;
import io.kintsugi.format.Names;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.kernel.VertxWorld;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Origins that are watched (B8).
@ExtendWith(VertxExtension.class)
class OriginWatchTest {
  private static final String ID = "disk-1";
  private static final int SHARDS = 40;

  @TempDir Path folder;
  private final BlockingQueue<FilesChanged> told = new LinkedBlockingQueue<>();
  private Vertx vertx;
  private House house;
  private int next;

  @BeforeEach
  void build(Vertx given) throws Exception {
    vertx = given;
    house = new House(given, folder);
    house.listen(OriginContract.FILES_CHANGED, told::add);
  }

  private String start(String watch) throws Exception {
    return house.origin(ID, "settings", new JsonObject().put("watch", watch)).start();
  }

  private Path written() throws Exception {
    var shards = ShardFiles.of(ShardFiles.writeId(++next));
    house.write(ID, shards, 0);
    return house.path(shards, 0, ID);
  }

  private static String path(int number) {
    return new ShardName(ShardFiles.writeId(number), 0, ShardFiles.writeId(1)).path();
  }

  private static String name(Path root, Path file) {
    return root.relativize(file).toString();
  }

  private FilesChanged news() throws InterruptedException {
    return Objects.requireNonNull(told.poll(30, TimeUnit.SECONDS), "nothing was told");
  }

  private Deque<Path> written(int count) throws Exception {
    var files = new ArrayDeque<Path>();
    for (int i = 0; i < count; i++) {
      files.add(written());
    }
    return files;
  }

  /// Removes one shard after the other until that is told: a watch begins after its origin.
  private void awaitWatch() throws Exception {
    var removed = new HashSet<String>();
    FilesChanged heard = null;
    for (var files = written(SHARDS); heard == null && !files.isEmpty(); ) {
      var file = files.remove();
      Files.delete(file);
      removed.add(name(house.root(ID), file));
      heard = told.poll(500, TimeUnit.MILLISECONDS);
    }
    assertThat(heard).as("told after %d removals", removed.size()).isNotNull();
    assertThat(removed).containsAll(Objects.requireNonNull(heard).vanished());
    told.clear();
  }

  @Test
  @DisplayName("B8: what others remove and change is told, what this node does itself is not")
  void othersDoingsAreTold() throws Exception {
    start("true");
    awaitWatch();
    var files = written(3);
    var gone = files.remove();
    var changed = files.remove();
    var kept = files.remove();
    Files.delete(gone);
    var bytes = Files.readAllBytes(changed);
    bytes[bytes.length - 1] ^= 1;
    // What was just written is this node's own for a moment.
    await(OwnNames.LINGER.plusMillis(200));
    Files.write(changed, bytes);
    var all = new ArrayList<FilesChanged>();
    while (all.stream().allMatch(news -> news.changed().isEmpty())
        || all.stream().allMatch(news -> news.vanished().isEmpty())) {
      all.add(news());
    }
    var root = house.root(ID);
    assertThat(all).allMatch(news -> news.originId().equals(ID));
    assertThat(all).allMatch(news -> news.incarnation().equals(house.incarnation(ID)));
    assertThat(all.stream().flatMap(news -> news.changed().stream()).toList())
        .containsExactly(name(root, changed));
    assertThat(all.stream().flatMap(news -> news.vanished().stream()).toList())
        .containsExactly(name(root, gone))
        .doesNotContain(name(root, kept));
    assertThat(all).allMatch(news -> news.unsure().isEmpty());
  }

  private void await(Duration time) {
    vertx.timer(time.toMillis(), TimeUnit.MILLISECONDS).await();
  }

  @Test
  @DisplayName("B8: where a place tells nothing it is looked at again and again")
  void aPlaceThatTellsNothingIsPolled() throws Exception {
    house
        .origin(ID, "settings", new JsonObject().put("watch", "1s"))
        .start(path ->
            new ForwardingDriver(new io.kintsugi.driver.LocalDriver(path)) {
              @Override
              public @Nullable Watching watch(
                  String folder, java.util.function.Consumer<Change> listener) {
                return null;
              }
            });
    awaitWatch();
  }

  @Test
  @DisplayName("B8: a watch that ended is begun anew, and what was missed is said to be unsure")
  void aWatchThatEndedIsBegunAnew() throws Exception {
    start("true");
    awaitWatch();
    sweep(house.root(ID).resolve(Names.OBJECTS));
    var unsure = new HashSet<String>();
    for (int i = 0; i < 100 && unsure.isEmpty(); i++) {
      house.check(ID);
      for (var news = told.poll(200, TimeUnit.MILLISECONDS); news != null; news = told.poll()) {
        unsure.addAll(news.unsure());
      }
    }
    assertThat(unsure).containsExactly(Names.OBJECTS);
    awaitWatch();
  }

  private static void sweep(Path top) throws IOException {
    try (var all = Files.walk(top)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /// Of an origin that is let go neither thread, descriptor nor timer stays (B8).
  @Test
  @DisplayName("test_watch_cleanup_on_unregister")
  void nothingStays() throws Exception {
    int before = inotifies();
    var deployment = start("true");
    awaitWatch();
    assertThat(inotifies()).isEqualTo(before + 1);
    assertThat(threads()).isNotEmpty();
    // Something is on its way when it is let go.
    Files.delete(written());
    house.stop(deployment);
    for (int i = 0; i < 100 && !(threads().isEmpty() && inotifies() == before); i++) {
      await(Duration.ofMillis(50));
    }
    assertThat(threads()).isEmpty();
    assertThat(inotifies()).isEqualTo(before);
    told.clear();
    Files.write(house.root(ID).resolve(Names.OBJECTS).resolve("x"), new byte[1]);
    await(Settled.LONGEST.plus(Settled.QUIET));
    assertThat(told).as("told after the end").isEmpty();
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("watch-"))
        .toList();
  }

  private static int inotifies() throws IOException {
    int count = 0;
    try (var links = Files.list(Path.of("/proc/self/fd"))) {
      for (var link : (Iterable<Path>) links::iterator) {
        boolean there = Files.exists(link, LinkOption.NOFOLLOW_LINKS);
        count += there && Files.readSymbolicLink(link).toString().contains("inotify") ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  @DisplayName("B8: changes are told 200 ms after the last of them, each name once")
  void changesAreToldOnceTheyHaveCome() throws Exception {
    var name = path(1);
    var other = path(2);
    var own = path(3);
    var news = new LinkedBlockingQueue<Settled.News>();
    var context = vertx.getOrCreateContext();
    var last = new LinkedBlockingQueue<Long>();
    context.runOnContext(_ -> {
      var world = VertxWorld.of(vertx, new JsonObject());
      var names = new OwnNames(world);
      names.writing(own, () -> io.vertx.core.Future.succeededFuture());
      var settled = new Settled(world, names, news::add);
      for (int i = 0; i < 100; i++) {
        settled.note(new Change.Appeared(name, false));
        settled.note(new Change.Appeared(other, false));
        settled.note(new Change.Appeared(own, false));
        settled.note(new Change.Appeared("objects/0a1", true));
        settled.note(new Change.Appeared("objects/0a1/stranger", false));
      }
      settled.note(new Change.Vanished(other));
      last.add(System.nanoTime());
    });
    var first = Objects.requireNonNull(news.poll(30, TimeUnit.SECONDS));
    var quiet = Duration.ofNanos(System.nanoTime() - last.take());
    assertThat(quiet).isGreaterThanOrEqualTo(Settled.QUIET.minusMillis(5));
    assertThat(first.changed()).containsExactly(name);
    assertThat(first.vanished()).containsExactly(other);
    assertThat(news.poll(500, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void moreThanCanBeGatheredIsSaidToBeUnsure() throws Exception {
    var news = new LinkedBlockingQueue<Settled.News>();
    vertx
        .getOrCreateContext()
        .runOnContext(_ -> {
          var world = VertxWorld.of(vertx, new JsonObject());
          var settled = new Settled(world, new OwnNames(world), news::add);
          for (int i = 0; i < Settled.NAMES_MAX + 10; i++) {
            var name = path(i + 1);
            settled.note(new Change.Vanished(name));
          }
        });
    int names = 0;
    Set<String> unsure = new HashSet<>();
    while (unsure.isEmpty()) {
      var some = Objects.requireNonNull(news.poll(30, TimeUnit.SECONDS));
      names += some.vanished().size();
      unsure.addAll(some.unsure());
    }
    assertThat(names).isEqualTo(Settled.NAMES_MAX);
    assertThat(unsure).containsExactly(Names.OBJECTS);
  }
}
