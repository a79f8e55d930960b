package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every [Driver] promises (B1). Each kind has a subclass that says how one is made.
abstract class DriverConformance {
  private Driver driver;

  /// A driver on a root that does not exist yet.
  abstract Driver newDriver() throws Exception;

  /// Whether this kind can let a file grow.
  abstract boolean canAppend();

  @BeforeEach
  void open() throws Exception {
    driver = newDriver();
  }

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
    assertFault(Fault.Exists.class, () -> driver.createNew("objects/0a1/x"));
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

  private static byte[] bytesOf(Driver.Reading file, long position, int length)
      throws DriverException {
    var target = ByteBuffer.allocate(length);
    int read = file.read(target, position);
    return Arrays.copyOf(target.array(), read);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private void write(String name, String... pieces) throws DriverException {
    try (var file = driver.createNew(name)) {
      for (var piece : pieces) {
        file.write(ByteBuffer.wrap(piece.getBytes(UTF_8)));
      }
      file.flush();
    }
    driver.flushFolder(name.substring(0, name.lastIndexOf('/')));
  }

  private static String read(Driver.Reading file, long position, int length)
      throws DriverException {
    var target = ByteBuffer.allocate(length);
    int read = file.read(target, position);
    return new String(target.array(), 0, read, UTF_8);
  }

  private static void assertFault(Class<? extends Fault> fault, ThrowingCallable work) {
    assertThatThrownBy(work)
        .asInstanceOf(type(DriverException.class))
        .extracting(DriverException::fault)
        .isInstanceOf(fault);
  }
}
