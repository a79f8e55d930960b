package io.kintsugi.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogDeedContract.Place;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Source;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// B2: what is shown of a key after it was written or deleted while origins were away.
class CoveringTest {
  private static final Instant MADE = Instant.parse("2026-05-01T12:00:00Z");
  private static final Instant EARLIER = MADE.minusSeconds(60);
  private static final Instant LATER = MADE.plusSeconds(60);

  private static FileStamp stamp(long size, Instant modified, @Nullable String tag) {
    return new FileStamp(size, modified, tag);
  }

  private static Seen copy(String origin, FileStamp stamp) {
    return new Seen(new Source(origin, "", 1), 0, "k", stamp, null);
  }

  private static Place seen(String origin, @Nullable FileStamp stamp, boolean target) {
    return new Place(origin, "k", true, stamp, target);
  }

  private static Place silent(String origin, @Nullable FileStamp known) {
    return new Place(origin, "k", false, known, false);
  }

  private static Deed deed(String kind, boolean open, Place... places) {
    return new Deed(
        "0".repeat(32), "t", "k", kind, null, 3, MADE, open, List.of(places), List.of(), null);
  }

  private static List<String> shown(Deed deed, Seen... copies) {
    return Covering.of(deed, List.of(copies), Set.of()).shown().stream()
        .map(copy -> copy.source().originId())
        .toList();
  }

  @Test
  @DisplayName("a deleted key does not come back with the copy of an origin that was away")
  void aDeletedKeyDoesNotComeBack() {
    var deed = deed(Deed.DELETED, false, silent("b", null));
    assertThat(shown(deed, copy("b", stamp(3, EARLIER, "x")))).isEmpty();
  }

  @Test
  @DisplayName("a file that somebody wrote there after the deletion is a new file")
  void whatWasWrittenLaterIsShown() {
    var deed = deed(Deed.DELETED, false, silent("b", stamp(3, EARLIER, "x")));
    assertThat(shown(deed, copy("b", stamp(3, LATER, "y")))).containsExactly("b");
    assertThat(shown(deed, copy("c", stamp(3, EARLIER, "x"))))
        .as("an origin that had confirmed: whatever is there is new")
        .containsExactly("c");
  }

  @Test
  @DisplayName("of an origin that told what it had, only that very file is old")
  void whatWasSeenIsCoveredByItsStampAlone() {
    var deed = deed(Deed.DELETED, false, seen("a", stamp(3, EARLIER, "x"), false));
    assertThat(shown(deed, copy("a", stamp(3, EARLIER, "x")))).isEmpty();
    assertThat(shown(deed, copy("a", stamp(3, EARLIER, "y")))).as("its rights changed").isEmpty();
    assertThat(shown(deed, copy("a", stamp(4, EARLIER, "x")))).containsExactly("a");
    assertThat(shown(deed, copy("a", stamp(3, EARLIER.minusSeconds(9), "x"))))
        .as("in doubt it is kept")
        .containsExactly("a");
  }

  @Test
  @DisplayName("a place that tells no times is no evidence: its file is kept")
  void withoutATimeNothingIsTakenForOld() {
    var deed = deed(Deed.DELETED, false, silent("b", null));
    assertThat(shown(deed, copy("b", stamp(3, Instant.EPOCH, null)))).containsExactly("b");
  }

  @Test
  void silentOriginsOfADeletedKeyAreExcusedAndOthersAreNot() {
    var deed = deed(Deed.DELETED, false, silent("b", null));
    var covering = Covering.of(deed, List.of(), Set.of("b", "c"));
    assertThat(covering.excused()).containsExactly("b");
  }

  @Test
  @DisplayName(
      "a writing that was broken off shows the new content where a copy stands, else the old")
  void aBrokenWriteShowsOldOrNewAndNeverBoth() {
    var old = stamp(2, EARLIER, "old");
    var fresh = stamp(3, EARLIER.plusSeconds(1), "new");
    var deed = deed(Deed.WRITTEN, true, seen("a", old, true), seen("b", old, true));
    assertThat(shown(deed, copy("a", old), copy("b", old))).containsExactly("a", "b");
    assertThat(shown(deed, copy("a", old), copy("b", fresh))).containsExactly("b");
    assertThat(shown(deed, copy("a", fresh), copy("b", fresh))).containsExactly("a", "b");
    assertThat(Covering.of(deed, List.of(copy("a", old)), Set.of("b")).inDoubt())
        .as("b may have the new one")
        .isTrue();
    assertThat(Covering.of(deed, List.of(copy("a", fresh)), Set.of("b")).inDoubt()).isFalse();
  }

  @Test
  @DisplayName("what was deleted stays so if a later writing came to nothing")
  void whatWasDoneBeforeHoldsAgain() {
    var deed =
        new Deed(
            "0".repeat(32),
            "t",
            "k",
            Deed.WRITTEN,
            null,
            3,
            LATER,
            true,
            List.of(seen("a", null, true), silent("b", null)),
            List.of(silent("b", null)),
            MADE);
    assertThat(shown(deed, copy("b", stamp(3, EARLIER, "x")))).isEmpty();
    assertThat(shown(deed, copy("b", stamp(3, MADE.plusSeconds(1), "x"))))
        .as("written between the two")
        .containsExactly("b");
  }
}
