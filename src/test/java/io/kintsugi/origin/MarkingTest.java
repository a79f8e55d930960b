package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.format.Marker;
import io.kintsugi.origin.Marking.Content;
import io.kintsugi.origin.Marking.Known;
import io.kintsugi.origin.Marking.Mark;
import io.kintsugi.origin.Marking.Seen;
import io.kintsugi.origin.Marking.Step;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Whose an origin is, and the order in which it becomes ours (T11).
class MarkingTest {
  private static final String LIFE = "1".repeat(16);
  private static final String OTHER_LIFE = "2".repeat(16);
  private static final Seen EMPTY = new Seen.NoMarker(Content.EMPTY);
  private static final Seen FAMILIAR = new Seen.NoMarker(Content.FAMILIAR);
  private static final Seen STRANGE = new Seen.NoMarker(Content.STRANGE);
  private static final Seen OURS = new Seen.Marked(new Marker.Decoded.Ours(marker("d1", LIFE)));

  @Test
  void aFolderIsMadeOnlyBeforeItsRow() {
    assertThat(next(null, new Seen.NoRoot())).isInstanceOf(Step.CreateRoot.class);
    assertThat(mark(next("new", new Seen.NoRoot()))).isEqualTo(Mark.UNREADABLE);
    assertThat(mark(next("ready", new Seen.NoRoot()))).isEqualTo(Mark.UNREADABLE);
  }

  @Test
  void theRowComesFirstThenTheMarkerThenReady() {
    assertThat(next(null, EMPTY)).isEqualTo(new Step.SaveNew(null));
    assertThat(next("new", EMPTY)).isInstanceOf(Step.WriteMarker.class);
    assertThat(next("new", OURS)).isInstanceOf(Step.SaveReady.class);
    assertThat(mark(next("ready", OURS))).isEqualTo(Mark.OURS);
  }

  @Test
  void aMarkerCutShortIsMended() {
    assertThat(next("new", new Seen.Torn())).isInstanceOf(Step.MendMarker.class);
  }

  @Test
  void aReadyOriginWithoutAMarkerIsBlankWhateverItHolds() {
    assertThat(mark(next("ready", EMPTY))).isEqualTo(Mark.BLANK);
    assertThat(mark(next("ready", FAMILIAR))).isEqualTo(Mark.BLANK);
    assertThat(mark(next("ready", STRANGE))).isEqualTo(Mark.BLANK);
  }

  @Test
  void whatHoldsDataAndNoMarkerIsForeign() {
    for (var row : new @Nullable String[] {null, "new"}) {
      assertThat(mark(next(row, FAMILIAR))).isEqualTo(Mark.FOREIGN);
      assertThat(mark(next(row, STRANGE))).isEqualTo(Mark.FOREIGN);
    }
  }

  @Test
  void anEmptyCatalogRefusesWhatIsNotEmpty() {
    for (var seen : new Seen[] {FAMILIAR, STRANGE, OURS}) {
      assertThat(Marking.next(new Known("d1", null, true), seen))
          .isEqualTo(
              new Step.Stand(Mark.FOREIGN, "origin holds data that this catalog does not know"));
    }
  }

  @Test
  void othersMarkersAreForeign() {
    assertThat(mark(next("ready", marked(new Marker.Decoded.Foreign(marker("d1", LIFE))))))
        .isEqualTo(Mark.FOREIGN);
    assertThat(mark(next("ready", marked(new Marker.Decoded.Ours(marker("d2", LIFE))))))
        .isEqualTo(Mark.FOREIGN);
    assertThat(mark(next("ready", marked(new Marker.Decoded.Ours(marker("d1", OTHER_LIFE))))))
        .isEqualTo(Mark.FOREIGN);
    assertThat(mark(next("new", marked(new Marker.Decoded.Ours(marker("d1", OTHER_LIFE))))))
        .isEqualTo(Mark.FOREIGN);
    assertThat(mark(next(null, OURS))).isEqualTo(Mark.FOREIGN);
  }

  @Test
  void aWrongKeyAnUnreadableMarkerAndAnErrorAreToldApart() {
    assertThat(mark(next("ready", marked(new Marker.Decoded.WrongKey(marker("d1", LIFE))))))
        .isEqualTo(Mark.KEY_MISMATCH);
    assertThat(mark(next("ready", marked(new Marker.Decoded.Unreadable("torn")))))
        .isEqualTo(Mark.UNREADABLE);
    assertThat(next("ready", new Seen.Failed("I/O error", false)))
        .isEqualTo(new Step.Stand(Mark.UNREADABLE, "I/O error"));
    assertThat(Mark.KEY_MISMATCH.word()).isEqualTo("key-mismatch");
  }

  @Test
  void aRemovedOriginsIdIsRefusedForEver() {
    for (var seen : new Seen[] {EMPTY, OURS, new Seen.NoRoot()}) {
      assertThat(mark(next("removed", seen))).isEqualTo(Mark.FOREIGN);
      assertThat(replace("removed", seen)).isNotInstanceOf(Step.SaveNew.class);
    }
  }

  @Test
  void aBlankOriginIsReplacedUnderANewIncarnation() {
    assertThat(replace("ready", EMPTY)).isEqualTo(new Step.SaveNew(LIFE));
    assertThat(replace("ready", FAMILIAR)).isEqualTo(new Step.SaveNew(LIFE));
  }

  @Test
  void aReplacementThatWasCutShortGoesOn() {
    assertThat(replace("new", EMPTY)).isInstanceOf(Step.WriteMarker.class);
    assertThat(replace("new", FAMILIAR)).isInstanceOf(Step.WriteMarker.class);
    assertThat(replace("new", new Seen.Torn())).isInstanceOf(Step.MendMarker.class);
    assertThat(replace("new", OURS)).isInstanceOf(Step.SaveReady.class);
  }

  @Test
  void whatIsOursAlreadyIsNotReplaced() {
    assertThat(mark(replace("ready", OURS))).isEqualTo(Mark.OURS);
  }

  @Test
  void whatIsNotBlankIsNotReplaced() {
    assertThat(replace("ready", STRANGE)).isInstanceOf(Step.Refuse.class);
    assertThat(replace(null, FAMILIAR)).isInstanceOf(Step.Refuse.class);
    assertThat(replace("ready", new Seen.NoRoot())).isInstanceOf(Step.Refuse.class);
    assertThat(replace("ready", new Seen.Failed("x", false))).isInstanceOf(Step.Refuse.class);
    assertThat(replace("ready", marked(new Marker.Decoded.Foreign(marker("d1", LIFE)))))
        .isInstanceOf(Step.Refuse.class);
  }

  @Test
  void onlyABeginningOfTheExpectedMarkerIsTorn() {
    byte[] expected = {1, 2, 3, 4};
    assertThat(Enrolment.isTorn(new byte[0], expected)).isTrue();
    assertThat(Enrolment.isTorn(new byte[] {1, 2}, expected)).isTrue();
    assertThat(Enrolment.isTorn(new byte[] {1, 2, 0, 0}, expected)).isTrue();
    assertThat(Enrolment.isTorn(expected, expected)).isFalse();
    assertThat(Enrolment.isTorn(new byte[] {1, 9}, expected)).isFalse();
    assertThat(Enrolment.isTorn(new byte[] {1, 2, 3, 4, 5}, expected)).isFalse();
    assertThat(Enrolment.isTorn(new byte[0], new byte[0])).isFalse();
  }

  private static Step next(@Nullable String state, Seen seen) {
    return Marking.next(known(state), seen);
  }

  private static Step replace(@Nullable String state, Seen seen) {
    return Marking.replace(known(state), seen);
  }

  private static Known known(@Nullable String state) {
    var row =
        state == null ? null : new OriginRow("d1", "local", "/d1", state, LIFE, Instant.EPOCH);
    return new Known("d1", row, false);
  }

  private static @Nullable Mark mark(Step step) {
    return step instanceof Step.Stand(var mark, _) ? mark : null;
  }

  private static Seen marked(Marker.Decoded decoded) {
    return new Seen.Marked(decoded);
  }

  private static Marker marker(String originId, String incarnation) {
    return new Marker("c".repeat(32), originId, incarnation, Marker.FORMAT, Instant.EPOCH);
  }
}
