package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.OriginMirrorContract.Outcome;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.driver.Leftovers;
import io.kintsugi.driver.LocalDriver;
import io.kintsugi.driver.MountSettings;
import io.kintsugi.driver.MountedDriver;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Copies of plain files that are brought up to date (B10), over the bus, on folders.
@ExtendWith(VertxExtension.class)
class OriginMirrorTest {
  private static final int BYTES = 4 << 20;
  private static final String NAME = "films/one";

  @TempDir Path folder;
  private House house;
  private Mirrors mirrors;
  private Vertx vertx;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    this.vertx = vertx;
    house = new House(vertx, folder).origin("disk-1");
    mirrors = new Mirrors(house);
  }

  private void start() throws Exception {
    start(LocalDriver::new);
  }

  private void start(Function<Path, Driver> drivers) throws Exception {
    house.start(drivers);
    for (var id : new String[] {"right", "old"}) {
      house.createFiles(id);
      Files.createDirectories(house.root(id).resolve("films"));
    }
  }

  private Path path(String id) {
    return house.root(id).resolve(NAME);
  }

  static byte[] random(long seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /// The same with a few bytes more in its first half.
  private static byte[] inserted(byte[] bytes, long seed) {
    int at = new Random(seed).nextInt(bytes.length / 2);
    var more = random(seed, 100);
    var made = ByteBuffer.allocate(bytes.length + more.length);
    return made.put(bytes, 0, at).put(more).put(bytes, at, bytes.length - at).array();
  }

  private void assertEqualNow() throws Exception {
    assertThat(Files.mismatch(path("right"), path("old"))).isEqualTo(-1);
    try (var names = Files.list(path("old").getParent())) {
      assertThat(names.map(name -> name.getFileName().toString())).containsExactly("one");
    }
  }

  static void assertFails(FailureCode code, ThrowingCallable asking) {
    assertThatThrownBy(asking)
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.code()).isEqualTo(code));
  }

  @Test
  @DisplayName("B10: an insertion moves a few chunks; what was learnt of both copies is kept")
  void anInsertionMovesAFewChunks() throws Exception {
    start();
    var bytes = random(1, BYTES);
    Files.write(path("old"), bytes);
    Files.write(path("right"), inserted(bytes, 2));
    var first = mirrors.refresh("old", "right", NAME);
    assertEqualNow();
    assertThat(first.outcome()).isEqualTo(Outcome.PIECED);
    assertThat(first.sourceKnown()).isFalse();
    assertThat(first.targetKnown()).isFalse();
    assertThat(first.targetReadBytes()).isEqualTo(BYTES);
    assertThat(first.sentBytes()).isBetween(100L, BYTES / 4L);
    assertThat(first.sentBytes() + first.copiedBytes()).isEqualTo(first.sizeBytes());
    assertThat(first.checkedBytes()).isPositive();
    assertThat(mirrors.phases).contains("reading the source", "reading the old copy", "writing");

    Files.write(path("right"), inserted(Files.readAllBytes(path("right")), 3));
    var second = mirrors.refresh("old", "right", NAME);
    assertEqualNow();
    assertThat(second.outcome()).isEqualTo(Outcome.PIECED);
    assertThat(second.targetKnown()).isTrue();
    assertThat(second.targetReadBytes()).isZero();
    assertThat(second.sentBytes()).isLessThan(BYTES / 4L);

    var third = mirrors.refresh("old", "right", NAME);
    assertThat(third.outcome()).isEqualTo(Outcome.SAME);
    assertThat(third.sourceKnown()).isTrue();
    assertThat(third.targetKnown()).isTrue();
    assertThat(third.movedBytes()).isEqualTo(third.recipeBytes()).isLessThan(BYTES / 100);
  }

  @Test
  @DisplayName("B10: equal copies are left as they are, also when both are read")
  void equalCopiesAreLeftAsTheyAre() throws Exception {
    start();
    Files.write(path("old"), random(1, BYTES));
    Files.write(path("right"), random(1, BYTES));
    var before = Files.readAttributes(path("old"), "unix:ino,ctime");
    for (var trust : Trust.values()) {
      assertThat(mirrors.refresh("old", "right", NAME, trust).outcome()).isEqualTo(Outcome.SAME);
    }
    assertThat(Files.readAttributes(path("old"), "unix:ino,ctime")).isEqualTo(before);
  }

  @Test
  @DisplayName(
      "B10: what is missing, short, empty or all different is brought whole, with its reason")
  void whatHasNothingInCommonIsBroughtWhole() throws Exception {
    start();
    Files.write(path("right"), random(1, BYTES));
    var missing = mirrors.refresh("old", "right", NAME);
    assertThat(missing.outcome()).isEqualTo(Outcome.WHOLE);
    assertThat(missing.reason()).isEqualTo("nothing-there");
    assertEqualNow();
    Files.write(path("right"), random(2, BYTES));
    assertThat(mirrors.refresh("old", "right", NAME).reason()).isEqualTo("little-in-common");
    assertEqualNow();
    Files.write(path("right"), random(3, 1000));
    var small = mirrors.refresh("old", "right", NAME);
    assertThat(small.reason()).isEqualTo("short");
    assertThat(small.checkedWhole()).isTrue();
    assertThat(small.checkedBytes()).isEqualTo(1000);
    assertEqualNow();
    Files.write(path("right"), new byte[0]);
    assertThat(mirrors.refresh("old", "right", NAME).outcome()).isEqualTo(Outcome.WHOLE);
    assertEqualNow();
    Files.delete(path("right"));
    assertFails(FailureCode.NOT_FOUND, () -> mirrors.refresh("old", "right", NAME));
    assertThat(path("old")).isEmptyFile();
  }

  @Test
  @DisplayName("B10: a copy that was changed from outside is never taken for what its recipe says")
  void aCopyThatWasChangedFromOutsideIsReadAnew() throws Exception {
    start();
    var bytes = random(1, BYTES);
    Files.write(path("right"), bytes);
    mirrors.refresh("old", "right", NAME);
    var time = Files.getLastModifiedTime(path("old"));
    var damaged = bytes.clone();
    damaged[BYTES / 3] ^= 1;
    Files.write(path("old"), damaged);
    Files.setLastModifiedTime(path("old"), time);
    var healed = mirrors.refresh("old", "right", NAME);
    assertThat(healed.outcome()).isEqualTo(Outcome.PIECED);
    assertThat(healed.targetKnown()).isFalse();
    assertThat(healed.sentBytes()).isLessThan(BYTES / 4L);
    assertEqualNow();
  }

  /// A folder that tells no tags, so that rot can be played.
  static Driver tagless(Path path) {
    return new MountedDriver(new MountSettings(path, null));
  }

  @Test
  @DisplayName("B10: a source that rots under its recipe is found out, and spoils no copy")
  void aSourceThatRotsIsFoundOut() throws Exception {
    start(path -> path.endsWith("right") ? tagless(path) : new LocalDriver(path));
    var bytes = random(1, BYTES);
    Files.write(path("right"), bytes);
    mirrors.refresh("old", "right", NAME);
    Files.delete(path("old"));
    var time = Files.getLastModifiedTime(path("right"));
    var rotten = bytes.clone();
    rotten[BYTES / 2] ^= 1;
    Files.write(path("right"), rotten);
    Files.setLastModifiedTime(path("right"), time);
    assertFails(FailureCode.CORRUPT, () -> mirrors.refresh("old", "right", NAME));
    assertThat(path("old")).doesNotExist();
    // Whoever calls the source right all the same has it read.
    mirrors.refresh("old", "right", NAME, Trust.NOTHING);
    assertEqualNow();
  }

  @Test
  @DisplayName("B10: rot that leaves no trace is found where the copy is read, and healed")
  void rotThatLeavesNoTraceIsFoundWhereTheCopyIsRead() throws Exception {
    start(OriginMirrorTest::tagless);
    var bytes = random(1, BYTES);
    Files.write(path("right"), bytes);
    mirrors.refresh("old", "right", NAME);
    var time = Files.getLastModifiedTime(path("old"));
    var rotten = bytes.clone();
    rotten[BYTES / 2] ^= 1;
    Files.write(path("old"), rotten);
    Files.setLastModifiedTime(path("old"), time);
    assertThat(mirrors.refresh("old", "right", NAME).outcome()).isEqualTo(Outcome.SAME);
    var healed = mirrors.refresh("old", "right", NAME, Trust.SOURCE_ONLY);
    assertThat(healed.outcome()).isEqualTo(Outcome.WHOLE);
    assertThat(healed.reason()).isEqualTo("no-copying");
    assertThat(healed.targetReadBytes()).isEqualTo(BYTES);
    assertEqualNow();
  }

  @Test
  @DisplayName("B10: what is called off leaves the old copy whole and nothing beside it")
  void whatIsCalledOffLeavesTheOldCopyWhole() throws Exception {
    start();
    var bytes = random(1, 4 * BYTES);
    Files.write(path("old"), bytes);
    Files.write(path("right"), random(2, 4 * BYTES));
    for (var phase : new String[] {"looking", "reading the source", "writing"}) {
      mirrors.stopAt = phase;
      assertFails(FailureCode.CANCELLED, this::refreshOnceFree);
      awaitAlone();
      assertThat(Arrays.equals(Files.readAllBytes(path("old")), bytes)).isTrue();
    }
    mirrors.stopAt = "";
    refreshOnceFree();
    assertEqualNow();
  }

  /// What was called off may take a moment to let go.
  private void refreshOnceFree() throws Exception {
    for (int i = 0; i < 1000; i++) {
      try {
        mirrors.refresh("old", "right", NAME);
        return;
      } catch (Failure e) {
        if (!e.is(FailureCode.CONFLICT)) {
          throw e;
        }
      }
      House.await(vertx.timer(10, TimeUnit.MILLISECONDS));
    }
    throw new AssertionError("it is never let go");
  }

  /// Until no other name is in the folder.
  private void awaitAlone() throws Exception {
    for (int i = 0; i < 1000; i++) {
      try (var names = Files.list(path("old").getParent())) {
        if (names.count() == 1) {
          return;
        }
      }
      House.await(vertx.timer(10, TimeUnit.MILLISECONDS));
    }
    throw new AssertionError("something stays");
  }

  @Test
  @DisplayName("B10: one copy is brought up to date once at a time")
  void oneCopyIsBroughtUpToDateOnceAtATime() throws Exception {
    start();
    Files.write(path("right"), random(1, BYTES));
    var ends =
        house.on(() -> {
          var first = mirrors.begin("old", "right", NAME, Trust.RECIPES);
          var second = mirrors.begin("old", "right", NAME, Trust.RECIPES);
          return first.compose(one ->
              second.transform(two ->
                  Future.succeededFuture(List.of(one, Objects.requireNonNull(two.cause())))));
        });
    assertThat(ends.get(1))
        .isInstanceOfSatisfying(
            Failure.class, refused -> assertThat(refused.is(FailureCode.CONFLICT)).isTrue());
    assertEqualNow();
  }

  @Test
  @DisplayName("B10: paths that lead out, or to what is the store's own, are refused")
  void pathsThatAreNoPlainFilesAreRefused() throws Exception {
    start();
    for (var name :
        new String[] {
          "",
          "/x",
          "../x",
          "a/../b",
          "a//b",
          ".kintsugi-recipes/x",
          ".kintsugi-quarantine/x",
          "a/.kintsugi-0123456789abcdef.part"
        }) {
      assertFails(FailureCode.INVALID_REQUEST, () -> mirrors.refresh("old", "right", name));
    }
    assertFails(FailureCode.INVALID_REQUEST, () -> mirrors.refresh("old", "old", NAME));
  }

  /// Does something else than it is asked to, where it copies ranges.
  private static final class Miscopying extends ForwardingDriver {
    private final Function<Assembling, Assembling> change;

    Miscopying(Path root, Function<Assembling, Assembling> change) {
      super(new LocalDriver(root));
      this.change = change;
    }

    @Override
    public Assembling createAssembling(String name, @Nullable String base, long sizeBytes)
        throws DriverException {
      return change.apply(super.createAssembling(name, base, sizeBytes));
    }
  }

  private interface Copy {
    void of(Driver.Assembling real, long position, long lengthBytes) throws DriverException;
  }

  private record Altered(Driver.Assembling real, Copy copy) implements Driver.Assembling {
    @Override
    public void copy(long position, long lengthBytes) throws DriverException {
      copy.of(real, position, lengthBytes);
    }

    @Override
    public Driver.@Nullable Reading written() throws DriverException {
      return real.written();
    }

    @Override
    public Driver.@Nullable Entry published() throws DriverException {
      return real.published();
    }

    @Override
    public void publish() throws DriverException {
      real.publish();
    }

    @Override
    public void write(ByteBuffer bytes) throws DriverException {
      real.write(bytes);
    }

    @Override
    public void flush() throws DriverException {
      real.flush();
    }

    @Override
    public void close() throws DriverException {
      real.close();
    }
  }

  private void startMiscopying(Copy copy) throws Exception {
    start(path ->
        path.endsWith("old")
            ? new Miscopying(path, real -> new Altered(real, copy))
            : new LocalDriver(path));
    var bytes = random(1, BYTES);
    Files.write(path("old"), bytes);
    Files.write(path("right"), inserted(bytes, 2));
  }

  @Test
  @DisplayName("B10: what a place copied wrongly is found before it is published")
  void whatAPlaceCopiedWronglyIsFoundBeforeItIsPublished() throws Exception {
    startMiscopying((real, position, length) -> real.copy(Math.max(0, position - 1), length));
    var result = mirrors.refresh("old", "right", NAME);
    assertThat(result.outcome()).isEqualTo(Outcome.WHOLE);
    assertThat(result.reason()).isEqualTo("wrong-when-read");
    assertEqualNow();
  }

  @Test
  @DisplayName("B10: where a place turns out not to copy ranges all of the file is brought")
  void whereAPlaceTurnsOutNotToCopyAllIsBrought() throws Exception {
    startMiscopying((_, _, _) -> {
      throw new DriverException(new Fault.Io(NAME, "not supported"));
    });
    var result = mirrors.refresh("old", "right", NAME);
    assertThat(result.reason()).isEqualTo("no-copying");
    assertEqualNow();
  }

  @Test
  @DisplayName(
      "B10: a copy that somebody else writes meanwhile is not overwritten on old knowledge")
  void aCopyThatSomebodyElseWritesMeanwhileIsNotOverwritten() throws Exception {
    var other = random(9, 1000);
    startMiscopying((real, position, length) -> {
      real.copy(position, length);
      try {
        Files.write(path("old"), other);
      } catch (java.io.IOException e) {
        throw new AssertionError(e);
      }
    });
    assertFails(FailureCode.UNAVAILABLE, () -> mirrors.refresh("old", "right", NAME));
    awaitAlone();
    assertThat(Files.readAllBytes(path("old"))).isEqualTo(other);
  }

  @Test
  @DisplayName("B10: what earlier lives left unfinished is swept away once it is old")
  void whatEarlierLivesLeftIsSweptAway() throws Exception {
    start();
    var stale = path("old").resolveSibling(".kintsugi-0000000000000001.part");
    var fresh = path("old").resolveSibling(".kintsugi-0000000000000002.part");
    Files.write(stale, new byte[10]);
    Files.write(fresh, new byte[10]);
    Files.setLastModifiedTime(stale, FileTime.from(Instant.now().minus(Duration.ofHours(50))));
    var before = Instant.now().minus(Duration.ofDays(2));
    try (var driver = new LocalDriver(house.root("old"))) {
      assertThat(Leftovers.sweep(driver, before, Set.of(), _ -> false)).isEqualTo(1);
    }
    assertThat(stale).doesNotExist();
    assertThat(fresh).exists();
  }
}
