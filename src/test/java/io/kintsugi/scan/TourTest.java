package io.kintsugi.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.Json;
import io.kintsugi.scan.Tour.Action;
import io.kintsugi.scan.Tour.Walking;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The way of one scan, with the cursor that survives a restart (A3, A7).
class TourTest {
  private static final List<String> LEAVES = List.of("000", "001", "00a", "010", "fff");
  private static final Figures ONE = new Figures(1, 10, 5, 0, 0, List.of());

  private static Walking begin(Bookmark from, List<String> first) {
    return Tour.begin(from, LEAVES, first, Map.of("disk-a", "1"));
  }

  private static Walking start(Walking walk) {
    return Tour.next(walk, null).next();
  }

  @Test
  void leavesAreWalkedInOrderAndThenItIsDone() {
    var walk = begin(Bookmark.START, List.of());
    for (int i = 0; i < LEAVES.size(); i++) {
      var step = Tour.next(walk, null);
      assertThat(step.action()).isEqualTo(new Action.Look(i, LEAVES.get(i), null));
      walk = Tour.looked(step.next(), i, ONE);
    }
    assertThat(Tour.next(walk, null).action()).isEqualTo(new Action.Finish());
    assertThat(walk.found()).isEqualTo(new Figures(5, 50, 25, 0, 0, List.of()));
  }

  @Test
  void priorityLeavesComeFirst() {
    var walk = begin(Bookmark.START, List.of("00a", "fff"));
    assertThat(walk.leaves()).containsExactly("00a", "fff", "000", "001", "010");
  }

  @Test
  void itIsNotDoneWhileALookRuns() {
    var walk = begin(Bookmark.START, List.of());
    for (int i = 0; i < LEAVES.size(); i++) {
      walk = start(walk);
    }
    assertThat(Tour.next(walk, null).action()).isEqualTo(new Action.Wait());
  }

  @Test
  void theBookmarkPassesALeafOnlyWithAllBeforeIt() {
    var walk = start(start(start(begin(Bookmark.START, List.of()))));
    walk = Tour.looked(walk, 1, ONE);
    walk = Tour.looked(walk, 2, ONE);
    assertThat(Tour.bookmark(walk, 7).leaf()).isNull();
    assertThat(Tour.bookmark(walk, 7).figures()).isEqualTo(Figures.NONE);
    assertThat(walk.found().objects()).isEqualTo(2);
    walk = Tour.looked(walk, 0, ONE);
    assertThat(Tour.bookmark(walk, 7).leaf()).isEqualTo("00a");
    assertThat(Tour.bookmark(walk, 7).figures().objects()).isEqualTo(3);
    assertThat(Tour.bookmark(walk, 7).activeMillis()).isEqualTo(7);
  }

  @Test
  void aBrokenOffLookComesAgain() {
    var walk = start(start(begin(Bookmark.START, List.of())));
    walk = Tour.dropped(walk, 0);
    assertThat(Tour.next(walk, null).action()).isEqualTo(new Action.Look(0, "000", null));
  }

  @Test
  void aLimitOfObjectsIsKeptByLookingAtOneLeafAtATime() {
    var walk = begin(Bookmark.START, List.of());
    var step = Tour.next(walk, 2L);
    assertThat(step.action()).isEqualTo(new Action.Look(0, "000", 2L));
    assertThat(Tour.next(step.next(), 2L).action()).isEqualTo(new Action.Wait());
    walk = Tour.looked(step.next(), 0, ONE);
    step = Tour.next(walk, 2L);
    assertThat(step.action()).isEqualTo(new Action.Look(1, "001", 1L));
    walk = Tour.looked(step.next(), 1, ONE);
    assertThat(Tour.next(walk, 2L).action()).isEqualTo(new Action.Finish());
  }

  @Test
  void wordsAreThoseOfTheReference() {
    var waiting = new Tour.Waiting(Bookmark.START);
    var walk = begin(Bookmark.START, List.of());
    assertThat(Tour.word(waiting)).isEqualTo("Started");
    assertThat(Tour.word(walk)).isEqualTo("Scanning");
    assertThat(Tour.word(Tour.pause(walk))).isEqualTo("Paused");
    assertThat(Tour.word(Tour.resume(Tour.pause(walk)))).isEqualTo("Scanning");
    assertThat(Tour.word(Tour.end(walk, Tour.CANCELLED, null, 0))).isEqualTo("Cancelled");
    assertThat(Tour.end(Tour.end(walk, Tour.CANCELLED, null, 0), Tour.COMPLETED, null, 0))
        .isEqualTo(Tour.end(walk, Tour.CANCELLED, null, 0));
  }

  @Test
  void aPausedTourHasNoLookRunning() {
    var walk = start(start(begin(Bookmark.START, List.of())));
    var paused = (Tour.Paused) Tour.pause(walk);
    assertThat(((Walking) paused.of()).running()).isEmpty();
    assertThat(((Walking) paused.of()).again()).containsExactly(0, 1);
  }

  /// However often the process dies, every leaf is counted exactly once.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void afterAnyNumberOfRestartsEveryLeafWasCountedOnce(long seed) {
    var random = new Random(seed);
    var leaves = new ArrayList<String>();
    for (int i = 0; i < 40; i++) {
      leaves.add("%03x".formatted(i * 7));
    }
    var first = random.nextBoolean() ? List.of("007", "031") : List.<String>of();
    var walk = Tour.begin(Bookmark.START, leaves, first, Map.of());
    for (int i = 0; i < 10_000; i++) {
      var step = Tour.next(walk, null);
      if (step.action() instanceof Action.Finish) {
        break;
      }
      if (step.action() instanceof Action.Look && walk.running().size() < 4) {
        walk = step.next();
      } else {
        var running = new ArrayList<>(walk.running());
        Collections.shuffle(running, random);
        walk = Tour.looked(walk, running.getFirst(), ONE);
      }
      if (random.nextInt(10) == 0) {
        var kept = Json.decode(Json.text(Tour.bookmark(walk, 0)), Bookmark.class);
        walk = Tour.begin(kept, leaves, first, Map.of());
      }
    }
    assertThat(walk.found().objects()).isEqualTo(40);
    var end = (Tour.Ended) Tour.end(walk, Tour.COMPLETED, null, 5);
    assertThat(end.at().fraction()).isEqualTo(1);
  }

  @Test
  void progressIsOnlyFullWhenItIsOver() {
    var figures = new Figures(50, 5_000, 9_000, 2, 1, List.of());
    var progress = Estimates.progress(figures, 0.5, 100, 10_000, false);
    assertThat(progress.completionPercentage()).isEqualTo(50);
    assertThat(progress.scanRateOps()).isEqualTo(5);
    assertThat(progress.scanRateBps()).isEqualTo(500);
    assertThat(progress.remainingMillis()).isEqualTo(10_000);
    assertThat(Estimates.progress(figures, 1, 100, 1, false).completionPercentage())
        .isEqualTo(99.9);
    assertThat(Estimates.progress(figures, 1, 100, 1, true).completionPercentage()).isEqualTo(100);
    assertThat(Estimates.progress(Figures.NONE, 0, 100, 0, false).remainingMillis()).isNull();
    assertThat(Estimates.durationMillis(Depth.DEEP, 1, 1_000_000_000, 100_000_000))
        .isEqualTo(10_000);
  }

  @Test
  void aScanNobodyAskedForComesWhenItsTimeHasComeAndNoOtherSeesEverythingAnyway() {
    var policy = new ScanPolicy(1, "Normal", 60_000, 0.1, 0, 4, true, List.of());
    var ended = Instant.EPOCH;
    var due = ended.plusMillis(60_000);
    assertThat(Unasked.byInterval(policy, ended, due.minusMillis(1), List.of(), 0)).isNull();
    assertThat(Unasked.byInterval(policy, ended, due, List.of(), 0.05))
        .isEqualTo(new Unasked.Due(ScanPlan.whole("Deep", false, ScanPlan.INTERVAL), Priority.LOW));
    assertThat(Unasked.byInterval(policy, ended, due, List.of(), 0.1))
        .isEqualTo(
            new Unasked.Due(ScanPlan.whole("Normal", false, ScanPlan.INTERVAL), Priority.LOW));
    var whole = new Unasked.Open(ScanPlan.whole("Quick", true, ScanPlan.ASKED), false);
    assertThat(Unasked.byInterval(policy, ended, due, List.of(whole), 0)).isNull();
    assertThat(Unasked.isReplaceComing(List.of(whole))).isFalse();
    var plan = Unasked.afterReplace().plan();
    assertThat(Unasked.isReplaceComing(List.of(new Unasked.Open(plan, false)))).isFalse();
    assertThat(Unasked.isReplaceComing(List.of(new Unasked.Open(plan, true)))).isTrue();
  }
}
