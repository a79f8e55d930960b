package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginMirrorContract.Outcome;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Copies on real servers that are brought up to date, with the bytes on the wire counted (B10).
/// Buckets are measured by `bin/bench mirror`.
class MirrorIT {
  private static final boolean LONG = Boolean.getBoolean("kintsugi.long");
  private static final long BYTES = LONG ? 1L << 30 : 64L << 20;

  @TempDir static Path folder;
  private static Vertx vertx;
  private static MirrorBed bed;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    bed = new MirrorBed(vertx, folder);
    bed.fill(1, BYTES);
  }

  @AfterAll
  static void stop() throws Exception {
    bed.close();
    House.await(vertx.close());
  }

  /// The copy at a kind of place is made equal, and its recipe is known from then on.
  private static void makeEqual(String kind) throws Exception {
    bed.refresh(kind, Trust.RECIPES);
    assertThat(bed.isEqual(kind)).isTrue();
    var again = bed.refresh(kind, Trust.RECIPES);
    assertThat(again.told().outcome()).isEqualTo(Outcome.SAME);
    assertThat(again.told().targetKnown()).as("the recipe was kept").isTrue();
    assertThat(again.told().sourceKnown()).isTrue();
    assertThat(again.wireBytes()).isLessThan(BYTES / 100);
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "sftp", "smb"})
  @DisplayName(
      "B10: a small edit and one that shifts everything move less than a tenth of the file")
  void smallEditsMoveLessThanATenth(String kind) throws Exception {
    makeEqual(kind);

    MirrorBed.overwrite(
        bed.right(), BYTES / 3, OriginMirrorTest.random(BYTES + kind.hashCode(), 4096));
    var edit = bed.refresh(kind, Trust.RECIPES);
    assertThat(bed.isEqual(kind)).isTrue();
    assertSmall(edit);

    bed.insert(BYTES / 5, OriginMirrorTest.random(kind.hashCode(), 777));
    var shift = bed.refresh(kind, Trust.RECIPES);
    assertThat(bed.isEqual(kind)).isTrue();
    assertSmall(shift);
  }

  /// Everything on the wire counts: what is sent, read back, asked for and answered.
  private static void assertSmall(MirrorBed.Took took) {
    var told = took.told();
    assertThat(told.outcome()).isEqualTo(Outcome.PIECED);
    assertThat(told.targetKnown()).isTrue();
    assertThat(told.targetReadBytes()).isZero();
    assertThat(told.checkedBytes()).isPositive();
    assertThat(told.sentBytes() + told.copiedBytes()).isEqualTo(told.sizeBytes());
    assertThat(told.sentBytes() + told.checkedBytes() + told.recipeBytes())
        .as("bytes at the target, of %d", told.sizeBytes())
        .isLessThan(BYTES / 10);
    assertThat(took.wireBytes()).as("bytes on the wire").isLessThan(BYTES / 10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sftp", "s3"})
  @DisplayName("B10: rot without a trace at a server is found by reading it, and healed")
  void rotWithoutATraceIsFoundByReading(String kind) throws Exception {
    makeEqual(kind);
    var copy = bed.copy(kind);
    var time = Files.getLastModifiedTime(copy);
    MirrorBed.overwrite(copy, BYTES / 2, new byte[] {1, 2, 3, 4});
    Files.setLastModifiedTime(copy, time);
    var healed = bed.refresh(kind, Trust.SOURCE_ONLY);
    assertThat(bed.isEqual(kind)).isTrue();
    assertThat(healed.told().outcome()).isEqualTo(Outcome.PIECED);
    assertThat(healed.told().targetReadBytes()).isEqualTo(healed.told().sizeBytes());
    assertThat(healed.told().sentBytes()).isLessThan(BYTES / 10);
    makeEqual(kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sftp", "smb"})
  @DisplayName(
      "B10: a copy that was changed from outside is read once, which counts, and is mended")
  void aCopyThatWasChangedFromOutsideIsReadOnce(String kind) throws Exception {
    makeEqual(kind);
    MirrorBed.overwrite(bed.copy(kind), BYTES / 2, new byte[] {1, 2, 3, 4});
    var mended = bed.refresh(kind, Trust.RECIPES);
    assertThat(bed.isEqual(kind)).isTrue();
    assertThat(mended.told().targetKnown()).isFalse();
    assertThat(mended.wireBytes()).isGreaterThan(BYTES);
  }
}
