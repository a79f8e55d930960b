package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.CLOSE_SESSION;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogContract.OPEN_SESSION;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.FIND_REQUEST;
import static io.kintsugi.contract.CatalogHealContract.GET_QUEUE;
import static io.kintsugi.contract.CatalogHealContract.HASTEN_HEALS;
import static io.kintsugi.contract.CatalogHealContract.LIST_ACTIVE;
import static io.kintsugi.contract.CatalogHealContract.MOVE_SHARDS;
import static io.kintsugi.contract.CatalogHealContract.OPEN_REQUEST;
import static io.kintsugi.contract.CatalogHealContract.RENEW_HEAL;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static io.kintsugi.contract.CatalogHealContract.SETTLE_HEAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.OpenSession;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.FindRequest;
import io.kintsugi.contract.CatalogHealContract.GetQueue;
import io.kintsugi.contract.CatalogHealContract.HastenHeals;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.CatalogHealContract.ListActive;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.OpenRequest;
import io.kintsugi.contract.CatalogHealContract.RenewHeal;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.FailureCode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Claims end with the life of those who hold them, at once and for nobody else (A7, T8).
class CatalogClaimsIT {
  private static final long LEASE = 60_000;
  private static final String HOLDER = "node-1/heal";
  private static House house;
  private static String writer;
  private static int buckets;
  private String bucket = "";

  @BeforeAll
  static void open() {
    house = new House();
    writer = house.session();
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @BeforeEach
  void emptyQueue() {
    house.sql("DELETE FROM heal_request");
    house.sql("DELETE FROM heal_task");
    house.sql("UPDATE heal_count SET completed = 0, failed = 0");
    house.sql("DELETE FROM write_session WHERE holder <> 'test'");
    bucket = "claims-" + ++buckets;
    house.bucket(bucket);
  }

  private static String session(String holder, @Nullable String life) {
    return house.ask(OPEN_SESSION, new OpenSession(holder, life)).sessionId();
  }

  private void damaged(String key) {
    house.put(writer, bucket, key);
    var segment = house.ask(FIND_OBJECT, new FindObject(bucket, key, null)).segments().getFirst();
    var at = segment.locations().getFirst();
    var damage =
        new Damage(
            segment.writeId(), 0, at.attemptId(), at.originId(), Evidence.MISSING, false, "gone");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "scan", "scan-1", null));
  }

  private static List<HealTask> claim(String owner, int max) {
    return house.ask(CLAIM_HEALS, new ClaimHeals(owner, max, LEASE, false, null)).tasks();
  }

  private static SettleHeal end(HealTask task, String owner, String outcome, long retryMillis) {
    return new SettleHeal(
        task.taskId(), task.attempt(), owner, outcome, null, "because", retryMillis, false);
  }

  private static long waitingSeconds() {
    return house.sql("SELECT ceil(extract(epoch FROM max(due) - now()))::bigint FROM heal_task");
  }

  @Test
  void aNewLifeTakesUpAtOnceWhatItsEarlierLivesHadClaimed() {
    damaged("k");
    var before = session(HOLDER, "life-1");
    var first = claim(before, 1).getFirst();
    var now = session(HOLDER, "life-2");
    var second = claim(now, 1).getFirst();
    assertThat(second.taskId()).isEqualTo(first.taskId());
    assertThat(second.attempt()).as("the attempts stay counted").isEqualTo(2);
    assertThat(second.failures()).as("and are no failures").isZero();
    assertThat(
            house.sql(
                "SELECT count(*) FROM write_session WHERE closed IS NULL AND life = 'life-1'"))
        .isZero();
  }

  @Test
  void theEarlierLifeIsHeardNoMore() {
    damaged("k");
    var before = session(HOLDER, "life-1");
    var task = claim(before, 1).getFirst();
    session(HOLDER, "life-2");
    for (int round = 0; round < 2; round++) {
      var renewal = new RenewHeal(task.taskId(), task.attempt(), before, LEASE);
      assertThat(house.refusal(RENEW_HEAL, renewal).detail("what")).isEqualTo("claim");
      var settlement = end(task, before, "healed", 0);
      assertThat(house.refusal(SETTLE_HEAL, settlement).detail("what")).isEqualTo("claim");
      var move =
          new MoveShards(
              before, task.taskId(), task.attempt(), task.segment().writeId(), List.of());
      assertThat(house.refusal(MOVE_SHARDS, move).detail("what")).isEqualTo("session");
      var again = new ClaimHeals(before, 1, LEASE, false, null);
      assertThat(house.refusal(CLAIM_HEALS, again).detail("what")).isEqualTo("session");
      assertThat(claim("somebody", 1)).as("round %s", round).hasSize(round == 0 ? 1 : 0);
    }
  }

  @Test
  void nobodyElsesClaimsAreTouched() {
    damaged("a");
    damaged("b");
    damaged("c");
    var otherNode = session("node-2/heal", "life-9");
    var otherFeature = session("node-1/object", "life-1");
    var sibling = session(HOLDER, "life-2");
    assertThat(claim(otherNode, 1)).hasSize(1);
    assertThat(claim(otherFeature, 1)).hasSize(1);
    assertThat(claim(sibling, 1)).hasSize(1);
    var now = session(HOLDER, "life-2");
    assertThat(claim(now, 9)).isEmpty();
    assertThat(house.ask(GET_QUEUE, new GetQueue()).running()).isEqualTo(3);
  }

  /// Two processes that bear one name by mistake: the later closes the earlier's session once, and
  /// then both go on.
  @Test
  void anEarlierLifeThatStillLivesDoesNotCloseTheLaterOnesSession() {
    damaged("k");
    session(HOLDER, "life-1");
    var later = session(HOLDER, "life-2");
    assertThat(claim(later, 1)).hasSize(1);
    var earlierAgain = session(HOLDER, "life-1");
    assertThat(claim(earlierAgain, 1)).isEmpty();
    session(HOLDER, "life-2");
    assertThat(claim(later, 1)).as("it is open").isEmpty();
    assertThat(claim(earlierAgain, 1)).as("so is this").isEmpty();
  }

  @Test
  void closingASessionGivesItsClaimsBack() {
    damaged("k");
    var session = session(HOLDER, null);
    claim(session, 1);
    house.ask(CLOSE_SESSION, new CloseSession(session));
    house.ask(CLOSE_SESSION, new CloseSession(session));
    assertThat(house.ask(GET_QUEUE, new GetQueue()).due()).isEqualTo(1);
    assertThat(claim("somebody", 1)).hasSize(1);
  }

  @Test
  void aSessionThatExpiredGivesItsClaimsBackWhenAnybodyOpensOne() {
    damaged("k");
    var session = session("node-2/heal", "life-9");
    claim(session, 1);
    house.sql(
        "UPDATE write_session SET lease_until = now() - interval '1 s' WHERE session_id = '"
            + session
            + "'");
    assertThat(claim("somebody", 1)).isEmpty();
    session(HOLDER, "life-1");
    assertThat(claim("somebody", 1)).hasSize(1);
  }

  @Test
  void aTaskThatOutlivesNoneOfItsOwnersWaitsLongerEachTime() {
    damaged("k");
    for (int life = 1; life <= 3; life++) {
      assertThat(claim(session(HOLDER, "life-" + life), 1)).as("life %s", life).hasSize(1);
    }
    assertThat(claim(session(HOLDER, "life-4"), 1)).hasSize(1);
    assertThat(claim(session(HOLDER, "life-5"), 1)).as("it waits").isEmpty();
    assertThat(waitingSeconds()).isBetween(4L, 5L);
    house.sql("UPDATE heal_task SET due = now()");
    var task = claim(session(HOLDER, "life-6"), 1).getFirst();
    var now = session(HOLDER, "life-7");
    assertThat(waitingSeconds()).isBetween(9L, 10L);
    house.sql("UPDATE heal_task SET due = now()");
    var next = claim(now, 1).getFirst();
    assertThat(next.attempt()).isEqualTo(task.attempt() + 1);
    house.ask(SETTLE_HEAL, end(next, now, "retry", 0));
    claim(now, 1);
    session(HOLDER, "life-8");
    assertThat(waitingSeconds()).as("a claim that was settled ends the row").isZero();
  }

  @Test
  void failuresAreWhatWasSettledAndNotWhatWasClaimed() {
    damaged("k");
    for (int life = 1; life <= 3; life++) {
      claim(session(HOLDER, "life-" + life), 1);
    }
    var owner = session(HOLDER, "life-4");
    var task = claim(owner, 1).getFirst();
    assertThat(task.attempt()).isEqualTo(4);
    assertThat(task.failures()).isZero();
    house.ask(SETTLE_HEAL, end(task, owner, "retry", 0));
    house.ask(SETTLE_HEAL, end(task, owner, "retry", 0));
    assertThat(claim(owner, 1).getFirst().failures()).isEqualTo(1);
  }

  @Test
  void whatWasInterruptedIsDueAtOnceAndHasNotFailed() {
    damaged("k");
    var request =
        house.ask(
            OPEN_REQUEST, new OpenRequest(bucket, "k", null, Priority.HIGH, "OnDemand", 0, 1000));
    var task = claim("me", 1).getFirst();
    house.ask(SETTLE_HEAL, end(task, "me", "interrupted", 0));
    house.ask(SETTLE_HEAL, end(task, "me", "interrupted", 0));
    assertThat(house.ask(FIND_REQUEST, new FindRequest(request.requestId())).status())
        .isEqualTo("Queued");
    assertThat(house.ask(GET_QUEUE, new GetQueue()).failed()).isZero();
    assertThat(claim("me", 1).getFirst().failures()).isZero();
  }

  @Test
  void whatAnOwnerDoesNotKnowItHoldsItCanClaimAnew() {
    damaged("a");
    damaged("b");
    var known = claim("me", 1).getFirst();
    var answerLost = claim("me", 1).getFirst();
    var holding = List.of(known.taskId());
    var mine = house.ask(CLAIM_HEALS, new ClaimHeals("me", 9, LEASE, false, holding)).tasks();
    assertThat(mine).extracting(HealTask::taskId).containsExactly(answerLost.taskId());
    assertThat(mine.getFirst().attempt()).isEqualTo(2);
    assertThat(house.ask(CLAIM_HEALS, new ClaimHeals("you", 9, LEASE, false, List.of())).tasks())
        .isEmpty();
  }

  @Test
  void whatIsHealedNowIsListedWhoeverWantedIt() {
    damaged("a");
    damaged("waiting");
    var task = claim("me", 1).getFirst();
    var active = house.ask(LIST_ACTIVE, new ListActive(9)).heals();
    assertThat(active)
        .extracting(heal -> heal.taskId() + " " + heal.bucket() + "/" + heal.key())
        .containsExactly(task.taskId() + " " + bucket + "/a");
    assertThat(active.getFirst().cause()).isEqualTo("scan");
    assertThat(active.getFirst().mode()).isEqualTo("Background");
    assertThat(active.getFirst().attempt()).isEqualTo(1);
    house.ask(SETTLE_HEAL, end(task, "me", "retry", 60_000));
    assertThat(house.ask(LIST_ACTIVE, new ListActive(9)).heals()).isEmpty();
  }

  @Test
  void whatBacksOffCanBeHastened() {
    damaged("a");
    damaged("b");
    for (var task : claim("me", 2)) {
      house.ask(SETTLE_HEAL, end(task, "me", "unrecoverable", 3_600_000));
    }
    damaged("running");
    claim("me", 1);
    assertThat(claim("me", 9)).isEmpty();
    assertThat(house.ask(HASTEN_HEALS, new HastenHeals(1)).rows()).isEqualTo(1);
    assertThat(house.ask(HASTEN_HEALS, new HastenHeals(9)).rows()).isEqualTo(1);
    assertThat(house.ask(HASTEN_HEALS, new HastenHeals(9)).rows()).isZero();
    assertThat(claim("me", 9)).hasSize(2).allMatch(task -> task.failures() == 1);
    assertThat(house.refusal(HASTEN_HEALS, new HastenHeals(0)).code())
        .isEqualTo(FailureCode.INVALID_REQUEST);
  }
}
