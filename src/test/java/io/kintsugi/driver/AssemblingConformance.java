package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.driver.Driver.Copying;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What every [Driver] promises of files that are put together of others (B10).
abstract class AssemblingConformance extends ListingConformance {
  private static final int MEBI = 1 << 20;
  private static final int BASE_BYTES = 12 * MEBI;

  /// Whether this kind copies ranges by itself.
  boolean copiesRanges() {
    return true;
  }

  /// Whether it shows what is not published yet.
  boolean showsUnpublished() {
    return true;
  }

  private static byte[] random(long seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private byte[] plantBase() throws DriverException {
    var base = random(1, BASE_BYTES);
    driver.createRoot();
    driver.createFolder("docs");
    try (var file = driver.createReplacing("docs/x", base.length)) {
      file.write(ByteBuffer.wrap(base));
      file.publish();
    }
    return base;
  }

  private byte[] content(String name, int length) throws DriverException {
    try (var file = driver.openRead(name)) {
      assertThat(file.sizeBytes()).isEqualTo(length);
      return content(file, length);
    }
  }

  private static byte[] content(Driver.Reading file, int length) throws DriverException {
    var bytes = ByteBuffer.allocate(length);
    assertThat(file.read(bytes, 0)).isEqualTo(length);
    return bytes.array();
  }

  @Test
  @DisplayName("B10: it says whether it copies ranges of files by itself")
  void itSaysWhetherItCopiesRangesByItself() throws Exception {
    driver.createRoot();
    switch (driver.copying()) {
      case Copying.Within(var least, var most) -> {
        assertThat(copiesRanges()).isTrue();
        assertThat(least).isBetween(1L, 5L << 20);
        assertThat(most).isGreaterThan(1000);
      }
      case Copying.Never(var why) -> {
        assertThat(copiesRanges()).isFalse();
        assertThat(why).isNotBlank();
      }
    }
  }

  @Test
  @DisplayName("B10: a file is put together of ranges of another and of new bytes, and replaces it")
  void aFileIsPutTogetherOfRangesOfAnotherAndOfNewBytes() throws Exception {
    var base = plantBase();
    if (!copiesRanges()) {
      return;
    }
    var fresh = random(2, 5 * MEBI + 17);
    int length = 6 * MEBI + 5 + fresh.length + 5 * MEBI + 3 + 100;
    var expected = ByteBuffer.allocate(length);
    expected.put(base, 6 * MEBI - 5, 6 * MEBI + 5);
    expected.put(fresh).put(base, 1, 5 * MEBI + 3).put(fresh, 0, 100);
    try (var file = driver.createAssembling("docs/x", "docs/x", length)) {
      file.copy(6 * MEBI - 5, 6 * MEBI + 5);
      for (int at = 0; at < fresh.length; at += 700_000) {
        file.write(ByteBuffer.wrap(fresh, at, Math.min(700_000, fresh.length - at)));
      }
      file.flushAhead();
      file.copy(1, 5 * MEBI + 3);
      file.write(ByteBuffer.wrap(fresh, 0, 100));
      file.flush();
      assertShown(file, expected.array());
      assertThat(Arrays.equals(content("docs/x", base.length), base)).isTrue();
      awaitGrain();
      file.publish();
      assertPublished(file, length);
    }
    driver.flushFolder("docs");
    assertThat(Arrays.equals(content("docs/x", length), expected.array())).isTrue();
    assertThat(driver.list("docs")).containsExactly("x");
  }

  private void assertShown(Driver.Assembling file, byte[] expected) throws DriverException {
    try (var shown = file.written()) {
      assertThat(shown != null).isEqualTo(showsUnpublished());
      if (shown != null) {
        assertThat(shown.sizeBytes()).isEqualTo(expected.length);
        assertThat(Arrays.equals(content(shown, expected.length), expected)).isTrue();
      }
    }
  }

  private void assertPublished(Driver.Assembling file, long length) throws DriverException {
    var told = file.published();
    assertThat(told).isNotNull().isEqualTo(driver.stat("docs/x"));
    assertThat(driver.stat("docs/x").sizeBytes()).isEqualTo(length);
  }

  /// Promised is only what is published so much later.
  private void awaitGrain() throws InterruptedException {
    long millis = driver.timeGrain().toMillis();
    assertThat(new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS)).isFalse();
  }

  @Test
  @DisplayName("B10: what somebody else wrote after it is not told as published")
  void whatSomebodyElseWroteAfterItIsNotToldAsPublished() throws Exception {
    plantBase();
    try (var file = driver.createAssembling("docs/x", null, 3)) {
      file.write(bytes("one"));
      file.flush();
      awaitGrain();
      file.publish();
      assertThat(file.published()).isNotNull();
      driver.rewriteSmall("docs/x", bytes("two").array());
      assertThat(file.published()).isNull();
    }
  }

  @Test
  @DisplayName("B10: what was not published leaves the old file whole and nothing beside it")
  void whatWasNotPublishedLeavesTheOldFileWhole() throws Exception {
    var base = plantBase();
    if (copiesRanges()) {
      try (var file = driver.createAssembling("docs/x", "docs/x", 11 * MEBI)) {
        file.copy(0, 6 * MEBI);
        file.write(ByteBuffer.allocate(5 * MEBI));
        file.flush();
        assertThat(file.published()).isNull();
      }
    }
    try (var file = driver.createAssembling("docs/y", null, 10)) {
      file.write(ByteBuffer.allocate(10));
      assertFault(Fault.Io.class, () -> file.copy(0, 1));
    }
    assertThat(Arrays.equals(content("docs/x", base.length), base)).isTrue();
    assertThat(driver.list("docs")).containsExactly("x");
    assertFault(Fault.NotFound.class, () -> driver.createAssembling("docs/z", "docs/no", 1));
    assertThat(driver.list("docs")).containsExactly("x");
  }

  @Test
  @DisplayName("B10: ranges beyond the other file's end make no file")
  void rangesBeyondTheEndMakeNoFile() throws Exception {
    var base = plantBase();
    if (!copiesRanges()) {
      return;
    }
    try (var file = driver.createAssembling("docs/x", "docs/x", 6 * MEBI)) {
      file.copy(BASE_BYTES - 10, 6 * MEBI);
      file.flush();
      try (var shown = file.written()) {
        if (shown != null) {
          assertThat(shown.sizeBytes()).isNotEqualTo(6 * MEBI);
        }
      }
    } catch (DriverException e) {
      assertThat(e.fault()).isNotInstanceOf(Fault.Disconnected.class);
    }
    assertThat(Arrays.equals(content("docs/x", base.length), base)).isTrue();
  }

  @Test
  @DisplayName("B10: a file that a dead process left unfinished is swept away once it is old")
  void whatADeadProcessLeftIsSweptAwayOnceItIsOld() throws Exception {
    var base = plantBase();
    var died = newDriverOfTheSameRoot();
    var file = died.createAssembling("docs/x", copiesRanges() ? "docs/x" : null, 2 * BASE_BYTES);
    file.write(ByteBuffer.allocate(6 * MEBI));
    if (copiesRanges()) {
      file.copy(0, 6 * MEBI);
    }
    file.flush();
    died.close();
    assertThat(Arrays.equals(content("docs/x", base.length), base)).isTrue();
    assertThat(driver.list("docs", "", 10).entries()).hasSize(1);
    int left = driver.list("docs").size() - 1;
    var now = driver.stat("docs/x").modified();
    assertThat(swept(now.minus(Duration.ofHours(24)))).isZero();
    assertThat(driver.list("docs")).hasSize(1 + left);
    assertThat(swept(now.plus(Duration.ofHours(24)))).isEqualTo(left);
    assertThat(driver.list("docs")).containsExactly("x");
  }

  private int swept(Instant before) throws DriverException {
    return Leftovers.sweep(driver, before, Set.of(), _ -> false);
  }

  /// As another process would have it.
  abstract Driver newDriverOfTheSameRoot() throws Exception;
}
