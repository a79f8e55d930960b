package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.driver.Driver.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Watching a local folder (B8).
class LocalWatchTest {
  @TempDir Path root;

  private final BlockingQueue<Change> changes = new LinkedBlockingQueue<>();
  private LocalDriver driver;

  @BeforeEach
  void open() {
    driver = new LocalDriver(root);
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private Driver.Watching watch() throws DriverException {
    return Objects.requireNonNull(driver.watch("", changes::add));
  }

  @Test
  void whatOthersMakeChangeAndRemoveIsTold() throws Exception {
    Files.createDirectories(root.resolve("a/b"));
    try (var watching = watch()) {
      assertThat(watching).isNotNull();
      Files.writeString(root.resolve("a/b/x"), "one");
      await(new Change.Appeared("a/b/x", false));
      Files.delete(root.resolve("a/b/x"));
      await(new Change.Vanished("a/b/x"));
    }
  }

  @Test
  void onlyWhatLiesBelowTheFolderIsToldByPathsFromTheRoot() throws Exception {
    Files.createDirectories(root.resolve("a/b"));
    try (var watching = driver.watch("a", changes::add)) {
      assertThat(watching).isNotNull();
      Files.writeString(root.resolve("outside"), "x");
      Files.writeString(root.resolve("a/b/x"), "x");
      await(new Change.Appeared("a/b/x", false));
      assertThat(changes).doesNotContain(new Change.Appeared("outside", false));
    }
  }

  @Test
  void whatIsMadeInANewFolderBeforeItIsWatchedIsToldToo() throws Exception {
    try (var watching = watch()) {
      assertThat(watching).isNotNull();
      var expected = new HashSet<Change>();
      for (int i = 0; i < 50; i++) {
        var folder = Files.createDirectories(root.resolve("new" + i + "/deep/er"));
        Files.writeString(folder.resolve("x"), "x");
        expected.add(new Change.Appeared("new" + i + "/deep/er/x", false));
      }
      for (var change : expected) {
        await(change);
      }
    }
  }

  @Test
  void aFolderThatIsMovedGoesOnToBeWatchedUnderItsNewName() throws Exception {
    Files.createDirectories(root.resolve("a/b"));
    try (var watching = watch()) {
      assertThat(watching).isNotNull();
      Files.move(root.resolve("a"), root.resolve("c"));
      await(new Change.Appeared("c/b", true));
      Files.writeString(root.resolve("c/b/x"), "x");
      await(new Change.Appeared("c/b/x", false));
    }
  }

  @Test
  void moreThanCanBeToldIsAnOverflowAndTheWatchGoesOn() throws Exception {
    Files.createDirectory(root.resolve("a"));
    var held = new CountDownLatch(1);
    try (var watching =
        driver.watch(
            "",
            change -> {
              changes.add(change);
              hold(held);
            })) {
      assertThat(watching).isNotNull();
      for (int i = 0; i < 2_000; i++) {
        Files.writeString(root.resolve("a/" + i), "x");
      }
      held.countDown();
      await(new Change.Overflowed("a"));
      Files.writeString(root.resolve("later"), "x");
      await(new Change.Appeared("later", false));
    }
  }

  @Test
  void theEndOfTheFolderIsToldAsTheEnd() throws Exception {
    var folder = Files.createDirectory(root.resolve("a"));
    try (var watching = driver.watch("a", changes::add)) {
      assertThat(watching).isNotNull();
      Files.delete(folder);
      await(new Change.Ended(new Fault.NotFound("a")));
    }
    assertThatThrownBy(() -> driver.watch("a", changes::add)).isInstanceOf(DriverException.class);
  }

  @Test
  void whatIsOnItsWayToANameIsNotTold() throws Exception {
    try (var watching = watch();
        var file = driver.createReplacing("x", 1)) {
      assertThat(watching).isNotNull();
      file.publish();
      await(new Change.Appeared("x", false));
      assertThat(changes).noneMatch(change -> change.toString().contains(".part"));
    }
  }

  @Test
  void aWatchThatIsClosedLeavesNoThreadAndNoDescriptor() throws Exception {
    Files.createDirectories(root.resolve("a/b"));
    var descriptors = inotifyDescriptors();
    for (int i = 0; i < 20; i++) {
      watch().close();
    }
    assertThat(inotifyDescriptors()).isEqualTo(descriptors);
    for (var thread : threads()) {
      assertThat(thread.join(Duration.ofSeconds(5))).as("the end of %s", thread).isTrue();
    }
  }

  @Test
  void closingTheDriverClosesItsWatches() throws Exception {
    var before = inotifyDescriptors();
    watch();
    watch();
    assertThat(inotifyDescriptors()).isGreaterThan(before);
    driver.close();
    assertThat(inotifyDescriptors()).isEqualTo(before);
    Files.writeString(root.resolve("x"), "x");
    assertThat(changes.poll(100, TimeUnit.MILLISECONDS)).isNull();
  }

  private void await(Change wanted) throws InterruptedException {
    var told = new HashSet<Change>();
    while (!told.contains(wanted)) {
      var change = changes.poll(10, TimeUnit.SECONDS);
      assertThat(change).as("%s, after %s", wanted, told).isNotNull();
      told.add(Objects.requireNonNull(change));
    }
    // Others that wait for what was told meanwhile find it again.
    changes.addAll(told);
  }

  private static void hold(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ours, and those that the JDK keeps behind them.
  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread ->
            thread.getName().startsWith("watch-") || thread.getName().contains("FileSystemWatch"))
        .toList();
  }

  private static long inotifyDescriptors() throws IOException {
    long count = 0;
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (var descriptor : descriptors.toList()) {
        count += isInotify(descriptor) ? 1 : 0;
      }
    }
    return count;
  }

  private static boolean isInotify(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("inotify");
    } catch (IOException e) {
      // Closed since it was listed: the listing's own.
      return false;
    }
  }
}
