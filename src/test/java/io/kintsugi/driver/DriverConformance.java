package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What every [Driver] promises (B1). Each kind has a subclass that says how one is made.
abstract class DriverConformance extends AssemblingConformance {
  /// Whether this kind can let a file grow.
  abstract boolean canAppend();

  @Test
  void aRootThatIsNotThereIsNotFoundAndNothingMakesItInPassing() throws Exception {
    assertFault(Fault.NotFound.class, () -> driver.identity());
    assertFault(Fault.NotFound.class, () -> driver.list(""));
    assertFault(Fault.NotFound.class, () -> driver.createNew("objects/0a1/x"));
    assertFault(Fault.NotFound.class, () -> driver.createFolder("objects"));
    assertFault(Fault.NotFound.class, () -> driver.createSmall("marker", new byte[] {1}));
    assertFault(Fault.NotFound.class, () -> driver.identity());
  }

  @Test
  void aNewRootIsEmptyAndKeepsItsIdentity() throws Exception {
    driver.createRoot();
    assertThat(driver.list("")).isEmpty();
    var identity = driver.identity();
    driver.createSmall("marker", new byte[] {1});
    driver.createRoot();
    assertThat(driver.identity()).isEqualTo(identity);
  }

  @Test
  void whatIsWrittenInPiecesIsReadAtAnyPosition() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    write("objects/0a1/x", "hello ", "world");
    try (var file = driver.openRead("objects/0a1/x")) {
      assertThat(file.sizeBytes()).isEqualTo(11);
      assertThat(read(file, 6, 5)).isEqualTo("world");
      assertThat(read(file, 0, 2)).isEqualTo("he");
      assertThat(read(file, 8, 100)).isEqualTo("rld");
      assertThat(read(file, 11, 4)).isEmpty();
      assertThat(read(file, 99, 4)).isEmpty();
    }
    assertThat(driver.sizeOf("objects/0a1/x")).isEqualTo(11);
    assertThat(driver.list("objects")).containsExactly("0a1");
    assertThat(driver.list("objects/0a1")).containsExactly("x");
  }

  @Test
  void aNameIsWrittenOnce() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    write("objects/0a1/x", "first");
    assertFault(Fault.Exists.class, () -> write("objects/0a1/x", "second"));
    assertFault(Fault.Exists.class, () -> driver.createSmall("objects/0a1/x", new byte[] {1}));
    assertThat(driver.readSmall("objects/0a1/x", 100)).isEqualTo("first".getBytes(UTF_8));
  }

  @Test
  void onlyTheLastFolderOfANewNameIsMade() throws Exception {
    driver.createRoot();
    assertFault(Fault.NotFound.class, () -> driver.createNew("objects/0a1/x"));
    assertThat(driver.list("")).isEmpty();
  }

  @Test
  void whatIsNotThereIsNotFound() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    assertFault(Fault.NotFound.class, () -> driver.openRead("objects/0a1/x"));
    assertFault(Fault.NotFound.class, () -> driver.sizeOf("objects/0a1/x"));
    assertFault(Fault.NotFound.class, () -> driver.list("objects/0a1"));
    assertFault(Fault.NotFound.class, () -> driver.readSmall("marker", 10));
    assertFault(Fault.NotFound.class, () -> driver.rewriteSmall("marker", new byte[] {1}));
    assertFault(Fault.NotFound.class, () -> driver.flushFolder("objects/0a1"));
  }

  @Test
  void aSmallFileIsCutAtTheBoundAndRewrittenWhole() throws Exception {
    driver.createRoot();
    driver.createSmall("marker", "abcdef".getBytes(UTF_8));
    assertThat(driver.readSmall("marker", 3)).isEqualTo("abc".getBytes(UTF_8));
    driver.rewriteSmall("marker", "xy".getBytes(UTF_8));
    assertThat(driver.readSmall("marker", 100)).isEqualTo("xy".getBytes(UTF_8));
  }

  @Test
  void aRemovedNameIsGoneAndRemovingItAgainIsNoError() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    write("objects/0a1/x", "x");
    write("objects/0a1/y", "y");
    driver.remove("objects/0a1/x");
    driver.remove("objects/0a1/x");
    driver.flushFolder("objects/0a1");
    assertThat(driver.list("objects/0a1")).containsExactly("y");
    driver.remove("objects/0a2/never");
  }

  @Test
  void aMovedFileIsUnderItsNewNameAloneAndNothingIsReplaced() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    write("objects/0a1/x", "x");
    driver.move("objects/0a1/x", "quarantine/x");
    driver.flushFolder("quarantine");
    driver.flushFolder("objects/0a1");
    assertThat(driver.list("objects/0a1")).isEmpty();
    assertThat(driver.readSmall("quarantine/x", 10)).isEqualTo("x".getBytes(UTF_8));

    write("objects/0a1/x", "another");
    assertFault(Fault.Exists.class, () -> driver.move("objects/0a1/x", "quarantine/x"));
    assertThat(driver.readSmall("quarantine/x", 10)).isEqualTo("x".getBytes(UTF_8));
    assertFault(Fault.NotFound.class, () -> driver.move("objects/0a1/z", "quarantine/z"));
    assertThat(driver.list("quarantine")).containsExactly("x");
  }

  @Test
  void noNameLeadsOutOfTheRoot() throws Exception {
    driver.createRoot();
    for (var name : new String[] {"../x", "objects/../../x", "/etc/passwd", "a//b", "./a"}) {
      assertThatThrownBy(() -> driver.openRead(name)).isInstanceOf(DriverException.class);
      assertThatThrownBy(() -> driver.createNew(name)).isInstanceOf(DriverException.class);
    }
  }

  @Test
  void itTellsItsRoom() throws Exception {
    driver.createRoot();
    var space = driver.space();
    assertThat(space.totalBytes()).isPositive();
    assertThat(space.freeBytes()).isBetween(0L, space.totalBytes());
    assertThat(space.freeInodes()).isGreaterThanOrEqualTo(-1);
    assertThat(driver.isWritable("")).isTrue();
    assertThat(driver.isWritable("objects")).isFalse();
  }

  @Test
  void whatIsReadPastTheCacheIsTheSameAtAnyPosition() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    var content = new byte[3_000_001];
    new Random(1).nextBytes(content);
    try (var file = driver.createNew("objects/0a1/x")) {
      file.write(ByteBuffer.wrap(content));
      file.flush();
    }
    try (var file = driver.openUncached("objects/0a1/x")) {
      assertThat(file.sizeBytes()).isEqualTo(content.length);
      int[] borders = {0, 1, 511, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1, 2_999_000, 3_000_000};
      for (int from : borders) {
        for (int length : new int[] {1, 4096, 5000, 1 << 20, content.length}) {
          int end = Math.min(content.length, from + length);
          assertThat(bytesOf(file, from, length))
              .as("%d bytes from %d on", length, from)
              .isEqualTo(Arrays.copyOfRange(content, from, end));
        }
      }
      assertThat(bytesOf(file, content.length, 10)).isEmpty();
      assertThat(bytesOf(file, 2L * content.length, 10)).isEmpty();
    }
    assertFault(Fault.NotFound.class, () -> driver.openUncached("objects/0a1/y"));
  }

  @Test
  void whatIsExpectedIsReadAheadAndIsTheSameInPiecesOfAnySize() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    var content = new byte[5_000_001];
    new Random(2).nextBytes(content);
    try (var file = driver.createNew("objects/0a1/x", content.length)) {
      for (int at = 0; at < content.length; at += 700_000) {
        file.write(ByteBuffer.wrap(content, at, Math.min(700_000, content.length - at)));
      }
      file.flush();
    }
    for (int piece : new int[] {10_000, 262_144, 1 << 20, 3_000_000}) {
      try (var file = driver.openRead("objects/0a1/x")) {
        file.expect(0, content.length + 1_000_000L);
        for (int at = 0; at < content.length; at += piece) {
          assertThat(bytesOf(file, at, piece))
              .as("%d bytes from %d on", piece, at)
              .isEqualTo(Arrays.copyOfRange(content, at, Math.min(content.length, at + piece)));
          if (at % 7 == 3) {
            assertThat(bytesOf(file, 77, 3)).isEqualTo(Arrays.copyOfRange(content, 77, 80));
          }
        }
        assertThat(bytesOf(file, content.length, 10)).isEmpty();
        file.expect(1_000_000, 3_000_000);
        assertThat(bytesOf(file, 1_000_000, 500_000))
            .isEqualTo(Arrays.copyOfRange(content, 1_000_000, 1_500_000));
      }
    }
    assertThat(driver.sizeOf("objects/0a1/x")).isEqualTo(content.length);
  }

  @Test
  void whatOthersDoIsToldByAWatchOfWhichNothingStays() throws Exception {
    driver.createRoot();
    driver.createFolder("docs");
    driver.createSmall("docs/kept", bytes("kept").array());
    driver.createSmall("docs/changed", bytes("before").array());
    driver.createSmall("docs/gone", bytes("gone").array());
    var told = new LinkedBlockingQueue<Driver.Change>();
    var watch = Watches.begin(driver, "docs", Duration.ofMillis(50), Watches.Told.ALL, told::add);
    try {
      // Only what comes after the first look is told.
      for (int i = 0; isBlind(told); i++) {
        driver.createSmall("docs/new" + i, bytes("new").array());
        assertThat(i).as("files made, and none told").isLessThan(100);
      }
      driver.remove("docs/gone");
      driver.rewriteSmall("docs/changed", bytes("and after").array());
      var wanted =
          new HashSet<Driver.Change>(
              List.of(
                  new Driver.Change.Vanished("docs/gone"),
                  new Driver.Change.Appeared("docs/changed", false)));
      while (!wanted.isEmpty()) {
        wanted.remove(Objects.requireNonNull(told.poll(30, TimeUnit.SECONDS), "nothing came"));
      }
      assertThat(told).doesNotContain(new Driver.Change.Appeared("docs/kept", false));
    } finally {
      watch.close();
    }
    assertThat(watchThreads()).isEmpty();
    assertThat(watchFiles()).isEmpty();
  }

  /// False once one of the new files was told.
  private static boolean isBlind(BlockingQueue<Driver.Change> told) throws InterruptedException {
    for (var next = told.poll(300, TimeUnit.MILLISECONDS);
        next != null;
        next = told.poll(300, TimeUnit.MILLISECONDS)) {
      if (next instanceof Driver.Change.Appeared(var path, _) && path.startsWith("docs/new")) {
        return false;
      }
    }
    return true;
  }

  private static List<String> watchThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("watch-"))
        .toList();
  }

  /// Files that this process has open though they bear no name any more.
  private static List<String> watchFiles() throws IOException {
    var open = new ArrayList<String>();
    try (var links = Files.list(Path.of("/proc/self/fd"))) {
      for (var link : (Iterable<Path>) links::iterator) {
        var target = Files.exists(link, NOFOLLOW_LINKS) ? Files.readSymbolicLink(link) : link;
        if (target.toString().contains("kintsugi-watch-")) {
          open.add(target.toString());
        }
      }
    }
    return open;
  }

  @Test
  void whatADeadProcessNeverPublishedIsSweptOnceItIsOld() throws Exception {
    driver.createRoot();
    driver.createFolder("docs");
    driver.createFolder("apart");
    write("docs/x", "x");
    var stale = List.of("docs/.kintsugi-0123.part", "apart/.kintsugi-0123.part");
    if (onDisk() != null) {
      for (var name : stale) {
        write(name, "half");
      }
      write("docs/.kintsugi-of-somebody-else", "whole");
    }
    var now = Instant.now();
    var apart = Set.of("apart");
    assertThat(Leftovers.sweep(driver, now.minusSeconds(3600), apart, _ -> true)).isZero();
    int swept = Leftovers.sweep(driver, now.plusSeconds(3600), apart, _ -> true);
    if (onDisk() != null) {
      assertThat(swept).isEqualTo(1);
      assertThat(driver.list("docs")).containsExactlyInAnyOrder("x", ".kintsugi-of-somebody-else");
      assertThat(driver.list("apart")).containsExactly(".kintsugi-0123.part");
    }
    assertThat(driver.sizeOf("docs/x")).isEqualTo(1);
  }

  @Test
  void aFolderIsMadeOnceAndMayBeAskedForAgain() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    driver.createFolder("objects");
    driver.flushFolder("objects");
    driver.flushFolder("");
    assertThat(driver.list("")).containsExactly("objects");
  }

  @Test
  void aFileGrowsByOffsetWhileItIsReadWhereThePlaceCanDoThat() throws Exception {
    driver.createRoot();
    assertThat(driver.canAppend()).isEqualTo(canAppend());
    if (!canAppend()) {
      return;
    }
    try (var pack = driver.createAppending("packs/x")) {
      pack.write(bytes("hello "), 0);
      pack.flush();
      try (var reader = driver.openRead("packs/x")) {
        assertThat(read(reader, 0, 100)).isEqualTo("hello ");
        pack.write(bytes("world"), 6);
        pack.write(bytes("far"), 20);
        pack.flush();
        assertThat(reader.sizeBytes()).isEqualTo(23);
        assertThat(read(reader, 0, 11)).isEqualTo("hello world");
        assertThat(read(reader, 11, 12)).isEqualTo("\0".repeat(9) + "far");
      }
      assertFault(Fault.Exists.class, () -> driver.createAppending("packs/x"));
    }
    assertThat(driver.sizeOf("packs/x")).isEqualTo(23);
    assertFault(Fault.NotFound.class, () -> driver.createAppending("a/b/x"));
    driver.flushFolder("packs");
    try (var pack = driver.createAppending("packs/y")) {
      pack.write(bytes("far"), (1L << 32) + 7);
      pack.flush();
    }
    assertThat(driver.sizeOf("packs/y")).isEqualTo((1L << 32) + 10);
    try (var reader = driver.openRead("packs/y")) {
      assertThat(read(reader, (1L << 32) + 6, 100)).isEqualTo("\0far");
    }
  }

  @Test
  void manyThreadsReadOneOpenFile() throws Exception {
    driver.createRoot();
    driver.createFolder("objects");
    write("objects/0a1/x", "0123456789".repeat(1000));
    try (var file = driver.openRead("objects/0a1/x");
        var threads = Executors.newFixedThreadPool(4)) {
      var reads = new ArrayList<Future<String>>();
      for (int i = 0; i < 400; i++) {
        int at = i * 20 + 3;
        reads.add(threads.submit(() -> read(file, at, 10)));
      }
      for (var read : reads) {
        assertThat(read.get()).isEqualTo("3456789012");
      }
    }
  }

  @Test
  void whatReplacesAFileIsSeenWholeAndOnlyOnceItIsPublished() throws Exception {
    driver.createRoot();
    driver.createFolder("docs");
    write("docs/x", "old");
    try (var file = driver.createReplacing("docs/x", 10)) {
      file.write(bytes("hello"));
      file.flushAhead();
      file.write(bytes("world"));
      assertThat(text("docs/x")).isEqualTo("old");
      assertThat(driver.list("docs", "", 10).entries()).hasSize(1);
      file.publish();
      assertThat(text("docs/x")).isEqualTo("helloworld");
    }
    driver.flushFolder("docs");
    assertThat(text("docs/x")).isEqualTo("helloworld");
    assertThat(driver.list("docs")).containsExactly("x");
  }

  @Test
  void whatReplacesNothingMakesItsFolderAndMayBeEmptyOrOfUnknownLength() throws Exception {
    driver.createRoot();
    try (var file = driver.createReplacing("docs/x", -1)) {
      file.publish();
    }
    try (var file = driver.createReplacing("docs/y", -1)) {
      file.write(bytes("y"));
      file.publish();
    }
    assertThat(driver.sizeOf("docs/x")).isZero();
    assertThat(text("docs/y")).isEqualTo("y");
    assertFault(Fault.NotFound.class, () -> driver.createReplacing("no/where/x", 1));
  }

  @Test
  void whatWasNotPublishedLeavesNothingBehind() throws Exception {
    driver.createRoot();
    driver.createFolder("docs");
    write("docs/x", "old");
    try (var file = driver.createReplacing("docs/x", 3)) {
      file.write(bytes("new"));
      file.flush();
    }
    try (var file = driver.createReplacing("docs/y", 3)) {
      file.write(bytes("ne"));
    }
    assertThat(text("docs/x")).isEqualTo("old");
    assertThat(driver.list("docs")).containsExactly("x");
  }

  @Test
  void aFolderIsNotReplacedByAFile() throws Exception {
    driver.createRoot();
    driver.createFolder("docs");
    write("docs/x", "x");
    assertFault(
        Fault.Exists.class,
        () -> {
          try (var file = driver.createReplacing("docs", 3)) {
            file.write(bytes("new"));
            file.publish();
          }
        });
    assertThat(driver.list("")).containsExactly("docs");
    assertThat(text("docs/x")).isEqualTo("x");
  }

  @Test
  void readersSeeTheOldOrTheNewWhileAFileIsReplacedAgainAndAgain() throws Exception {
    driver.createRoot();
    driver.createSmall("x", "0".repeat(1000).getBytes(UTF_8));
    try (var threads = Executors.newSingleThreadExecutor()) {
      var reader =
          threads.submit(() -> {
            var seen = new HashSet<String>();
            for (int i = 0; i < 60; i++) {
              var text = text("x");
              assertThat(text).hasSize(1000).matches("(.)\\1*");
              seen.add(text);
            }
            return seen;
          });
      for (int i = 1; i < 20; i++) {
        try (var file = driver.createReplacing("x", 1000)) {
          file.write(bytes(String.valueOf(i % 10).repeat(1000)));
          file.publish();
        }
      }
      assertThat(reader.get()).isNotEmpty();
    }
    assertThat(text("x")).isEqualTo("9".repeat(1000));
  }

  @Test
  void closingEndsWhatIsUnderWayAndAllThatComesLater() throws Exception {
    driver.createRoot();
    driver.createSmall("x", new byte[100_000]);
    var begun = new CountDownLatch(1);
    try (var threads = Executors.newSingleThreadExecutor()) {
      var reader =
          threads.submit(() -> {
            try (var file = driver.openRead("x")) {
              while (true) {
                file.read(ByteBuffer.allocate(100_000), 0);
                begun.countDown();
              }
            }
          });
      begun.await();
      driver.close();
      driver.close();
      assertThatThrownBy(() -> reader.get(5, TimeUnit.SECONDS))
          .cause()
          .asInstanceOf(type(DriverException.class))
          .extracting(DriverException::fault)
          .isInstanceOf(Fault.Disconnected.class);
    }
    assertFault(Fault.Disconnected.class, () -> driver.identity());
    assertFault(Fault.Disconnected.class, () -> driver.openRead("x"));
    assertFault(Fault.Disconnected.class, () -> driver.createNew("y"));
    assertFault(Fault.Disconnected.class, () -> driver.list("", "", 10));
    assertFault(Fault.Disconnected.class, () -> driver.space());
  }

  @Test
  void aFileBeyondFourGibibytesIsReadInTheRightRangesWithAFlatHeap() throws Exception {
    driver.createRoot();
    long size = 5L << 30;
    long[] spots = {0, (1L << 31) - 3, (1L << 32) - 3, (1L << 32) + 12_345, size - 6};
    plantSparse("big", size, spots);
    assertThat(driver.sizeOf("big")).isEqualTo(size);
    assertThat(driver.stat("big").sizeBytes()).isEqualTo(size);
    try (var file = driver.openRead("big")) {
      assertThat(file.sizeBytes()).isEqualTo(size);
      for (long spot : spots) {
        assertThat(read(file, spot, 6)).as("at %d", spot).isEqualTo("marked");
        assertThat(read(file, spot + 6, 1)).isEqualTo(spot == size - 6 ? "" : "\0");
      }
      assertThat(read(file, size - 3, 100)).isEqualTo("ked");
      assertThat(read(file, size, 100)).isEmpty();
    }
    // The whole of it takes a while; the last part shows as well what becomes of the heap.
    long from = Boolean.getBoolean("kintsugi.long") ? 0 : size - (128L << 20);
    try (var file = driver.openRead("big")) {
      assertThat(marks(file, from, size))
          .isEqualTo(Arrays.stream(spots).filter(spot -> spot >= from).count());
    }
  }

  /// Reads on and counts the letters m.
  private static long marks(Driver.Reading file, long from, long end) throws DriverException {
    var piece = ByteBuffer.allocate(1 << 20);
    long count = 0;
    long least = usedHeap();
    for (long at = from; at < end; at += piece.position()) {
      piece.clear();
      assertThat(file.read(piece, at)).isEqualTo((int) Math.min(1 << 20, end - at));
      for (int i = 0; i < piece.position(); i++) {
        count += piece.get(i) == 'm' ? 1 : 0;
      }
    }
    assertThat(usedHeap() - least).as("bytes of heap more than before").isLessThan(64L << 20);
    return count;
  }

  static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /// Makes a file of this length on the side of the place, zero but for the word `marked` here and
  /// there.
  void plantSparse(String name, long sizeBytes, long[] spots) throws Exception {
    var disk = Objects.requireNonNull(onDisk(), "a kind that is on no disk plants by itself");
    try (var file = new RandomAccessFile(disk.resolve(name).toFile(), "rw")) {
      file.setLength(sizeBytes);
      for (long spot : spots) {
        file.seek(spot);
        file.write("marked".getBytes(UTF_8));
      }
    }
  }

  private String text(String name) throws DriverException {
    return new String(driver.readSmall(name, 100_000), UTF_8);
  }

  private static byte[] bytesOf(Driver.Reading file, long position, int length)
      throws DriverException {
    var target = ByteBuffer.allocate(length);
    int read = file.read(target, position);
    return Arrays.copyOf(target.array(), read);
  }
}
