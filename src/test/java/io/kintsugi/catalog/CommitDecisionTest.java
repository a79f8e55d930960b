package io.kintsugi.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.catalog.CommitDecision.Create;
import io.kintsugi.catalog.CommitDecision.Head;
import io.kintsugi.catalog.CommitDecision.Known;
import io.kintsugi.catalog.CommitDecision.KnownVersion;
import io.kintsugi.catalog.CommitDecision.Refused;
import io.kintsugi.catalog.CommitDecision.Replace;
import io.kintsugi.catalog.CommitDecision.Seen;
import io.kintsugi.catalog.ObjectRows.LockedBucket;
import io.kintsugi.catalog.Versioning.Succession;
import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What becomes of one member of a commit batch, case by case.
class CommitDecisionTest {
  private static final String SESSION = "00000000000000a1";
  private static final Head HEAD = new Head(new UUID(1, 2), "e1", true);
  private static final LockedBucket BUCKET = new LockedBucket(7, Versioning.NEVER);

  private static String id(long counter) {
    return SESSION + "%016x".formatted(counter);
  }

  private static CommitObject member(Condition condition, Segment... segments) {
    long size = 0;
    for (var segment : segments) {
      size += segment.sizeBytes();
    }
    var info = new ObjectInfo(size, "e2", null, Map.of(), Map.of(), Instant.EPOCH);
    return new CommitObject(
        SESSION, "b", "k", segments[0].writeId(), info, List.of(segments), condition);
  }

  private static Segment segment(int ordinal, long offset, String... attempts) {
    var locations = new ArrayList<Location>();
    for (int i = 0; i < attempts.length; i++) {
      locations.add(new Location(i, attempts[i], "o" + i, "aa", true));
    }
    return new Segment(
        ordinal,
        id(100 + ordinal),
        offset,
        10,
        new Layout(1, 1),
        1,
        "ab".repeat(32),
        List.of("cd".repeat(32), "ef".repeat(32)),
        10,
        locations);
  }

  private static Segment segment() {
    return segment(0, 0, id(101), id(102));
  }

  private static FailureCode refused(CommitDecision decision) {
    assertThat(decision).isInstanceOf(Refused.class);
    return decision instanceof Refused(var failure) ? failure.code() : FailureCode.INTERNAL_ERROR;
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, -, -, true",
        "-, -, e1, true",
        "*, -, -, false",
        "*, -, e1, true",
        "e1, -, e1, true",
        "e1, -, e2, false",
        "e1, -, -, false",
        "-, *, -, true",
        "-, *, e1, false",
        "-, e1, e1, false",
        "-, e1, e2, true",
        "-, e1, -, true",
        "e1, e1, e1, false",
      })
  void aConditionHoldsOrNot(String match, String noneMatch, String etag, boolean holds) {
    assertThat(CommitDecision.holds(new Condition(match, noneMatch), etag)).isEqualTo(holds);
  }

  @Test
  void aNewKeyIsCreatedAndAKnownOneReplaced() {
    var member = member(Condition.NONE, segment());
    assertThat(CommitDecision.decide(member, new Seen(null, 0L, BUCKET, null, null)))
        .isEqualTo(new Create(7, true));
    assertThat(CommitDecision.decide(member, new Seen(null, 0L, BUCKET, HEAD, null)))
        .isEqualTo(new Replace(7, new Succession(true, null, List.of(HEAD.versionId()))));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // versioning, current, other null version: the new one is null, lives on, dies
        "NEVER, null, -, true, -, current",
        "ENABLED, null, -, false, current, -",
        "ENABLED, named, past, false, current, -",
        "SUSPENDED, null, -, true, -, current",
        "SUSPENDED, named, -, true, current, -",
        "SUSPENDED, named, past, true, current, past",
        "SUSPENDED, -, -, true, -, -",
      })
  void aVersionDiesOnlyWhereTheBucketKeepsNone(
      Versioning versioning,
      String current,
      String other,
      boolean nullVersion,
      String livesOn,
      String dies) {
    var ids = Map.of("current", new UUID(3, 1), "past", new UUID(3, 2));
    var head = current == null ? null : new Head(new UUID(3, 1), "e", current.equals("null"));
    var pastNull = other == null ? null : new Head(new UUID(3, 2), "e", true);
    assertThat(versioning.succeed(head, pastNull))
        .isEqualTo(
            new Succession(
                nullVersion,
                livesOn == null ? null : ids.get(livesOn),
                dies == null ? List.of() : List.of(ids.getOrDefault(dies, new UUID(0, 0)))));
  }

  @Test
  void aDeleteMarkerIsNoObjectToAnyCondition() {
    var enabled = new LockedBucket(7, Versioning.ENABLED);
    var marker = new Head(new UUID(4, 4), null, false);
    var seen = new Seen(null, 0L, enabled, marker, null);
    assertThat(CommitDecision.decide(member(new Condition(null, "*"), segment()), seen))
        .isEqualTo(new Replace(7, new Succession(false, marker.versionId(), List.of())));
    assertThat(refused(CommitDecision.decide(member(new Condition("*", null), segment()), seen)))
        .isEqualTo(FailureCode.PRECONDITION_FAILED);
  }

  @Test
  void whatWasCommittedBeforeIsAnsweredTheSameWhateverHasHappenedSince() {
    var member = member(new Condition(null, "*"), segment());
    var committed = new Committed(member.versionId(), 5, member.info());
    var seen = new Seen(new KnownVersion("b/k", committed), null, null, HEAD, null);
    assertThat(CommitDecision.decide(member, seen)).isEqualTo(new Known(committed));
    var other = new Seen(new KnownVersion("b/other", committed), 0L, BUCKET, null, null);
    assertThat(refused(CommitDecision.decide(member, other))).isEqualTo(FailureCode.CONFLICT);
  }

  @Test
  void aMemberWithoutSessionBucketOrConditionIsRefusedForThatReason() {
    var member = member(new Condition(null, "*"), segment());
    assertThat(refused(CommitDecision.decide(member, new Seen(null, null, BUCKET, null, null))))
        .isEqualTo(FailureCode.CONFLICT);
    assertThat(refused(CommitDecision.decide(member, new Seen(null, 0L, null, null, null))))
        .isEqualTo(FailureCode.NOT_FOUND);
    assertThat(refused(CommitDecision.decide(member, new Seen(null, 0L, BUCKET, HEAD, null))))
        .isEqualTo(FailureCode.PRECONDITION_FAILED);
  }

  @Test
  void everyCounterMustBeAtOrAboveLowWater() {
    var member = member(Condition.NONE, segment());
    assertThat(CommitDecision.decide(member, new Seen(null, 100L, BUCKET, null, null)))
        .isEqualTo(new Create(7, true));
    assertThat(refused(CommitDecision.decide(member, new Seen(null, 101L, BUCKET, null, null))))
        .isEqualTo(FailureCode.CONFLICT);
    var lateAttempt = member(Condition.NONE, segment(0, 0, id(101), id(99)));
    assertThat(
            refused(CommitDecision.decide(lateAttempt, new Seen(null, 100L, BUCKET, null, null))))
        .isEqualTo(FailureCode.CONFLICT);
  }

  @Test
  void aCommitThatNoStateCouldMakeRightIsInvalid() {
    CommitDecision.require(member(Condition.NONE, segment()));
    for (var bad :
        List.of(
            member(Condition.NONE, segment(1, 0, id(1), id(2))),
            member(Condition.NONE, segment(0, 3, id(1), id(2))),
            member(Condition.NONE, segment(0, 0, id(1))),
            member(Condition.NONE, segment(0, 0, id(1), "ff".repeat(16))),
            member(Condition.NONE, segment(0, 0, id(1), "no id")))) {
      assertThatThrownBy(() -> CommitDecision.require(bad))
          .isInstanceOfSatisfying(
              Failure.class, f -> assertThat(f.code()).isEqualTo(FailureCode.INVALID_REQUEST));
    }
  }

  @ParameterizedTest
  @CsvSource({"a,true", "ä𝄞,true", "'',false"})
  void aKeyIsSomeText(String key, boolean good) {
    assertThat(accepts(key)).isEqualTo(good);
  }

  @Test
  void aKeyIsWellFormedWithoutNulAndOfAtMost1024Bytes() {
    assertThat(accepts("a\u0000b")).isFalse();
    assertThat(accepts("a\uD834")).isFalse();
    assertThat(accepts("\uDD1Ea")).isFalse();
    assertThat(accepts("ä".repeat(512))).isTrue();
    assertThat(accepts("ä".repeat(512) + "a")).isFalse();
  }

  private static boolean accepts(String key) {
    try {
      Ids.requireKey(key);
      return true;
    } catch (Failure refused) {
      return !refused.is(FailureCode.INVALID_REQUEST);
    }
  }
}
