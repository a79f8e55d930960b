package io.kintsugi.collect;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogCollectContract.OriginLitter;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogCollectContract.Verdicts;
import io.kintsugi.contract.OriginContract.OriginState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What is decided without asking anybody: where anything may be taken away, and how fast.
class DecisionsTest {
  @Test
  void anOriginIsBrakedWithMoreThanAHundredAndMoreThanOneInTwentyOfItsLastThousand() {
    assertThat(Brake.reason(List.of(new Verdict("o", 1000, 100)))).isNull();
    assertThat(Brake.reason(List.of(new Verdict("o", 1000, 101))))
        .isEqualTo("101 of the last 1000 verified shards were corrupt or stale");
    assertThat(Brake.reason(List.of(new Verdict("o", 101, 101)))).isNotNull();
    assertThat(Brake.reason(List.of(new Verdict("o", 100, 100)))).isNull();
    assertThat(Brake.reason(List.of(new Verdict("o", 3000, 150)))).as("not 5 %").isNull();
    assertThat(Brake.reason(List.of())).isNull();
  }

  @Test
  void whatWasFoundLongAgoIsNotWeighed() {
    var verdicts = new ArrayList<Verdict>();
    for (int i = 0; i < 10; i++) {
      verdicts.add(new Verdict("o", 100, 0));
    }
    verdicts.add(new Verdict("o", 500, 500));
    assertThat(Brake.reason(verdicts)).isNull();
    assertThat(Brake.reason(verdicts.reversed())).isNotNull();
  }

  @Test
  void aBrakeIsReleasedOnlyByWhatWasReadSince() {
    var before = new Verdict("o", 1000, 500);
    assertThat(Brake.objection(new Verdicts(List.of(before), "rot", 0, 1000)))
        .isEqualTo("of 1000 shards that must be verified there first, 0 were");
    assertThat(since(1000, new Verdict("o", 999, 0), before)).contains("999 were");
    assertThat(since(1000, new Verdict("o", 1000, 50), before)).isNull();
    assertThat(since(1000, new Verdict("o", 1000, 51), before))
        .isEqualTo("51 of 1000 shards that were verified since are corrupt or stale");
    assertThat(since(30, new Verdict("o", 30, 0), before)).as("all that lie there").isNull();
    assertThat(since(0, new Verdict("o", 0, 0), before)).as("nothing lies there").isNull();
  }

  private static @Nullable String since(long names, Verdict since, Verdict before) {
    return Brake.objection(new Verdicts(List.of(since, before), "rot", 1, names));
  }

  @Test
  void nothingIsTakenAwayWhereTheOriginIsNotKnownToBeOursAndWell() {
    assertThat(Admission.of(null, litter(0, 0, null), false)).isInstanceOf(Admission.Refused.class);
    for (var marker : List.of("new", "blank", "foreign", "unreadable", "key-mismatch")) {
      assertThat(Admission.of(origin("healthy", marker), litter(0, 0, null), false))
          .isEqualTo(new Admission.Refused("it is " + marker));
    }
    for (var health : List.of("unhealthy", "unknown")) {
      assertThat(Admission.of(origin(health, "ours"), litter(0, 0, null), false))
          .isEqualTo(new Admission.Refused("it is " + health));
    }
    assertThat(Admission.of(origin("healthy", "ours"), litter(0, 0, "rot"), true))
        .isEqualTo(new Admission.Refused("it is braked: rot"));
    for (var health : List.of("healthy", "degraded")) {
      assertThat(Admission.of(origin(health, "ours"), litter(0, 0, null), false))
          .isEqualTo(new Admission.Granted("aa"));
    }
  }

  @Test
  void moreThanAThousandAndOneInFiveOrphansAreNotBelievedUnasked() {
    var well = origin("healthy", "ours");
    assertThat(Admission.of(well, litter(1000, 0, null), false))
        .isInstanceOf(Admission.Granted.class);
    assertThat(Admission.of(well, litter(1001, 4004, null), false))
        .isInstanceOf(Admission.Granted.class);
    assertThat(Admission.of(well, litter(1001, 4003, null), false))
        .isEqualTo(new Admission.Doubted(1001, 4003));
    assertThat(Admission.of(well, litter(1001, 4003, null), true))
        .isInstanceOf(Admission.Granted.class);
  }

  @Test
  void orphansThatWentIntoQuarantineBeforeCountAsLongAsThereAreMore() {
    var well = origin("healthy", "ours");
    assertThat(Admission.of(well, held(100, 901, 1000), false))
        .isEqualTo(new Admission.Doubted(1001, 1000));
    assertThat(Admission.of(well, held(100, 900, 1000), false))
        .isInstanceOf(Admission.Granted.class);
    assertThat(Admission.of(well, held(0, 5000, 1000), false))
        .as("all of them were believed")
        .isInstanceOf(Admission.Granted.class);
  }

  private static OriginLitter held(long orphans, long quarantined, long names) {
    return new OriginLitter("o", 0, 0, orphans, orphans, quarantined, 0, 0, 0, names, null);
  }

  @Test
  void theRestKeepsToTheRateAndLeavesFourFifthsOfTheTimeToOthers() {
    var pace = new Pace(100);
    assertThat(pace.rest(50, 0)).isEqualTo(Duration.ofMillis(500));
    assertThat(pace.rest(50, 10_000_000)).isEqualTo(Duration.ofMillis(490));
    assertThat(pace.rest(50, 400_000_000)).isEqualTo(Duration.ofMillis(1600));
    assertThat(pace.rest(1, Duration.ofMinutes(5).toNanos())).isEqualTo(Duration.ofSeconds(10));
    assertThat(pace.rest(0, 0)).isPositive();
  }

  private static OriginLitter litter(long orphans, long names, @Nullable String braked) {
    return new OriginLitter("o", 0, 0, orphans, orphans, 0, 0, 0, 0, names, braked);
  }

  static OriginState origin(String health, String marker) {
    return new OriginState(
        "o",
        "local",
        "/o",
        "o",
        100,
        health,
        marker,
        "aa",
        true,
        1,
        1,
        1,
        1,
        1,
        0,
        Instant.EPOCH,
        null,
        null,
        List.of());
  }
}
