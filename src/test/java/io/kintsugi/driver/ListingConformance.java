package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.kintsugi.driver.Driver.Entry;
import io.kintsugi.driver.Driver.Kind;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What every [Driver] promises about names: one, a page of them, a whole tree.
@ExtendWith(ConformanceTable.class)
abstract class ListingConformance {
  /// Names whose order goes wrong in one way or another: by kind, by UTF-16, by language.
  private static final List<String> FILES =
      List.of("a-b", "a.txt", "b", "a b", "\u00e9", "z", "\uff5e", "\ud834\udd1e", "zz", "Z");

  private static final List<String> FOLDERS = List.of("a", "c", "zzz", "b-");

  Driver driver;

  /// A driver on a root that does not exist yet.
  abstract Driver newDriver() throws Exception;

  /// Where the root of the driver made last lies on a disk of this machine; null if on none.
  abstract @Nullable Path onDisk();

  /// Whether it sees that a link is none of the other kinds.
  boolean tellsLinks() {
    return onDisk() != null;
  }

  @BeforeEach
  void open() throws Exception {
    driver = newDriver();
  }

  @AfterEach
  void close() {
    driver.close();
  }

  @Test
  void aNameIsToldWithItsKindItsSizeAndItsTime() throws Exception {
    driver.createRoot();
    write("folder/file", "hello");
    var file = driver.stat("folder/file");
    assertThat(file.name()).isEqualTo("file");
    assertThat(file.kind()).isEqualTo(Kind.FILE);
    assertThat(file.sizeBytes()).isEqualTo(5);
    assertThat(Duration.between(file.modified(), Instant.now()).abs())
        .isLessThan(Duration.ofMinutes(10));
    assertThat(driver.stat("folder/file")).isEqualTo(file);
    var folder = driver.stat("folder");
    assertThat(folder.name()).isEqualTo("folder");
    assertThat(folder.kind()).isEqualTo(Kind.FOLDER);
    assertThat(folder.sizeBytes()).isZero();
    assertThat(driver.stat("").kind()).isEqualTo(Kind.FOLDER);
    assertThat(driver.stat("").name()).isEmpty();
    assertFault(Fault.NotFound.class, () -> driver.stat("folder/other"));
    assertFault(Fault.NotFound.class, () -> driver.stat("other/file"));
  }

  @Test
  void otherContentIsAnotherTagWhereThereAreTags() throws Exception {
    driver.createRoot();
    driver.createSmall("file", bytes("one").array());
    var before = driver.stat("file").tag();
    driver.rewriteSmall("file", bytes("two").array());
    var after = driver.stat("file").tag();
    assertThat(after == null).isEqualTo(before == null);
    if (before != null) {
      assertThat(after).isNotEqualTo(before);
    }
  }

  @Test
  void aLinkIsOfAnotherKindAndNotFollowed() throws Exception {
    driver.createRoot();
    var disk = onDisk();
    if (disk == null || !tellsLinks()) {
      return;
    }
    write("folder/file", "x");
    Files.createSymbolicLink(disk.resolve("link"), Path.of("folder"));
    Files.createSymbolicLink(disk.resolve("folder/broken"), Path.of("nowhere"));
    assertThat(driver.stat("link").kind()).isEqualTo(Kind.OTHER);
    assertThat(driver.list("", "", 10).entries())
        .extracting(Entry::key, Entry::kind)
        .containsExactly(tuple("folder/", Kind.FOLDER), tuple("link", Kind.OTHER));
    assertThat(walk(10)).containsExactly("folder/", "folder/broken", "folder/file", "link");
  }

  @Test
  void aListingComesInPagesInTheOrderOfBytesWhateverTheirSize() throws Exception {
    driver.createRoot();
    driver.createFolder("f");
    for (var name : FILES) {
      write("f/" + name, name);
    }
    for (var name : FOLDERS) {
      driver.createFolder("f/" + name);
    }
    var expected = new ArrayList<>(FILES);
    FOLDERS.forEach(name -> expected.add(name + "/"));
    expected.sort((a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
    for (int limit : new int[] {1, 2, 5, 13, 14, 15, 1000}) {
      assertThat(pages("f", limit)).as("in pages of %d", limit).isEqualTo(expected);
    }
    assertThat(driver.list("f", "a-b", 2).entries())
        .extracting(Entry::key)
        .containsExactly("a.txt", "a/");
    assertThat(driver.list("f", "nowhere", 1).entries())
        .extracting(Entry::key)
        .containsExactly("z");
    assertThat(driver.list("f", "\ud834\udd1e", 3).entries()).isEmpty();
    var sizes = driver.list("f", "", 1).entries().getFirst();
    assertThat(sizes.sizeBytes()).isEqualTo(1);
    assertFault(Fault.NotFound.class, () -> driver.list("g", "", 10));
  }

  private List<String> pages(String folder, int limit) throws DriverException {
    var keys = new ArrayList<String>();
    var after = "";
    while (after != null) {
      var page = driver.list(folder, after, limit);
      assertThat(page.entries()).hasSizeLessThanOrEqualTo(limit);
      page.entries().forEach(entry -> keys.add(entry.key()));
      after = page.next();
    }
    return keys;
  }

  @Test
  void aWalkMeetsEachPathOnceInTheOrderOfBytes() throws Exception {
    var expected = plantTree();
    assertThat(walk(1000)).isEqualTo(expected);
    assertThat(walk(3)).isEqualTo(expected);
    assertThat(expected)
        .isSortedAccordingTo(
            (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
  }

  @Test
  void aWalkIsTakenUpAfterAnyPathEvenOneThatIsGone() throws Exception {
    var expected = plantTree();
    for (int i = 0; i < expected.size(); i++) {
      var rest = walk(new Walk(driver, "", expected.get(i), 2), 4);
      assertThat(rest).as("after %s", expected.get(i)).isEqualTo(tail(expected, i + 1));
    }
    driver.remove("t/a/y");
    assertThat(walk(new Walk(driver, "", "t/a/y", 2), 4))
        .isEqualTo(tail(expected, expected.indexOf("t/a/y") + 1));
    assertThat(walk(new Walk(driver, "", "t/a/gone/deeper/x", 2), 4))
        .containsExactly("t/a/x", "t/b", "t/empty/", "u/", "u/x");
    assertThat(walk(new Walk(driver, "t/a", "", 2), 4))
        .containsExactly("t/a/deep/", "t/a/deep/er/", "t/a/deep/er/x", "t/a/x");
  }

  @Test
  void aWalkThatEndsInAFaultSaysSo() throws Exception {
    plantTree();
    assertFault(Fault.NotFound.class, () -> new Walk(driver, "nowhere", "").next(10));
    var walk = new Walk(driver, "", "", 2);
    var first = walk.next(3);
    assertThat(first.found()).hasSize(3);
    assertThat(first.end()).isFalse();
    driver.close();
    assertFault(
        Fault.Disconnected.class,
        () -> {
          while (!walk.next(3).end()) {
            assertThat(walk).isNotNull();
          }
        });
  }

  /// A small tree; answers its cursors in order.
  private List<String> plantTree() throws DriverException {
    driver.createRoot();
    for (var folder : List.of("t", "t/a", "t/a/deep", "t/a/deep/er", "t/empty", "u")) {
      driver.createFolder(folder);
    }
    for (var file : List.of("t/a/deep/er/x", "t/a/x", "t/a/y", "t/a-b", "t/a.b", "t/b", "u/x")) {
      write(file, "x");
    }
    return List.of(
        "t/",
        "t/a-b",
        "t/a.b",
        "t/a/",
        "t/a/deep/",
        "t/a/deep/er/",
        "t/a/deep/er/x",
        "t/a/x",
        "t/a/y",
        "t/b",
        "t/empty/",
        "u/",
        "u/x");
  }

  private static List<String> tail(List<String> list, int from) {
    return list.subList(from, list.size());
  }

  private List<String> walk(int limit) throws DriverException {
    return walk(new Walk(driver, "", ""), limit);
  }

  private static List<String> walk(Walk walk, int limit) throws DriverException {
    var cursors = new ArrayList<String>();
    var batch = walk.next(limit);
    while (!batch.end()) {
      assertThat(batch.found()).hasSize(limit);
      batch.found().forEach(found -> cursors.add(found.cursor()));
      batch = walk.next(limit);
    }
    batch.found().forEach(found -> cursors.add(found.cursor()));
    assertThat(new HashSet<>(cursors)).hasSameSizeAs(cursors);
    return cursors;
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  void write(String name, String... pieces) throws DriverException {
    try (var file = driver.createNew(name)) {
      for (var piece : pieces) {
        file.write(bytes(piece));
      }
      file.flush();
    }
    driver.flushFolder(Segments.folder(name));
  }

  static String read(Driver.Reading file, long position, int length) throws DriverException {
    var target = ByteBuffer.allocate(length);
    int read = file.read(target, position);
    return new String(target.array(), 0, read, UTF_8);
  }

  static void assertFault(Class<? extends Fault> fault, ThrowingCallable work) {
    assertThatThrownBy(work)
        .asInstanceOf(type(DriverException.class))
        .extracting(DriverException::fault)
        .isInstanceOf(fault);
  }
}
