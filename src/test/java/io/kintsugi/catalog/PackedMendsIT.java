package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.GET_QUEUE;
import static io.kintsugi.contract.CatalogHealContract.MEND_PACKED;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.GetQueue;
import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.CatalogHealContract.MendPacked;
import io.kintsugi.contract.CatalogHealContract.Mended;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Many heals end in one transaction as each would have ended alone (A5, A7).
class PackedMendsIT {
  private static final HealResult RESULT =
      new HealResult(true, 1, 3, 5, "ReplicaRepair", List.of());
  private static House house;
  private static String session;
  private static int buckets;
  private String bucket = "";

  @BeforeAll
  static void open() {
    house = new House();
    session = house.session();
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @BeforeEach
  void emptyQueue() {
    house.sql("DELETE FROM heal_task");
    house.sql("UPDATE heal_count SET completed = 0, failed = 0");
    bucket = "mends-" + ++buckets;
    house.bucket(bucket);
  }

  /// Copies in packs, the first of them reported.
  private void damaged(String key, boolean packed) {
    var made = house.segment(session, 0, 0, 9, new Layout(1, 2));
    var places = new ArrayList<Location>();
    for (var at : made.locations()) {
      var place = packed ? new Packed("packs/00000000000000aa-1", 0, 5_009) : null;
      places.add(
          new Location(at.index(), at.attemptId(), at.originId(), at.incarnation(), true, place));
    }
    var segment = House.with(made, places);
    house.ask(
        COMMIT_OBJECT, House.commitment(session, bucket, key, Condition.NONE, List.of(segment)));
    report(segment, 0);
  }

  private static void report(Segment segment, int index) {
    var at = segment.locations().get(index);
    var damage =
        new Damage(
            segment.writeId(),
            index,
            at.attemptId(),
            at.originId(),
            Evidence.MISSING,
            false,
            "gone");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "scan", "scan-1", null));
  }

  private static List<HealTask> claim(int max, int packedMax) {
    var question = new ClaimHeals(session, max, 60_000, false, null, packedMax);
    return house.ask(CLAIM_HEALS, question).tasks();
  }

  private static Mended mended(HealTask task) {
    var old = task.segment().locations().getFirst();
    var to =
        new Location(
            0,
            house.id(session),
            old.originId(),
            old.incarnation(),
            true,
            new Packed("packs/00000000000000ab-1", 64, 5_009));
    var moves = List.of(new Move(old.attemptId(), to));
    return new Mended(task.taskId(), task.attempt(), task.segment().writeId(), moves, RESULT);
  }

  private Segment segment(String key) {
    return house.ask(FIND_OBJECT, new FindObject(bucket, key, null)).segments().getFirst();
  }

  @Test
  void smallSegmentsInPacksAreClaimedBeyondThoseThatAreHealedAlone() {
    for (int i = 0; i < 6; i++) {
      damaged("k" + i, i % 2 == 0);
    }
    assertThat(claim(1, 10)).extracting(HealTask::key).containsExactlyInAnyOrder("k0", "k2", "k4");
    assertThat(claim(1, 10)).extracting(HealTask::key).containsExactly("k1");
    assertThat(house.ask(GET_QUEUE, new GetQueue()).running()).isEqualTo(4);
  }

  @Test
  void rowsAreMovedAndClaimsEndedTogetherAndOnlyOnce() {
    for (int i = 0; i < 5; i++) {
      damaged("k" + i, true);
    }
    var tasks = claim(1, 10);
    var question = new MendPacked(session, tasks.stream().map(PackedMendsIT::mended).toList());
    var ids = tasks.stream().map(HealTask::taskId).toList();
    for (int round = 0; round < 2; round++) {
      assertThat(house.ask(MEND_PACKED, question).taskIds())
          .containsExactlyInAnyOrderElementsOf(ids);
    }
    for (int i = 0; i < 5; i++) {
      var to = question.mended().get(i).moves().getFirst().location();
      assertThat(segment(tasks.get(i).key()).locations().getFirst()).isEqualTo(to);
    }
    var queue = house.ask(GET_QUEUE, new GetQueue());
    assertThat(queue.running() + queue.due()).isZero();
    assertThat(queue.completed()).isEqualTo(5);
    assertThat(house.sql("SELECT count(*) FROM heal_damage")).isZero();
    assertThat(house.sql("SELECT count(*) FROM segment WHERE packed AND live"))
        .isGreaterThanOrEqualTo(5);
    var writeId = tasks.getFirst().segment().writeId();
    assertThat(
            house.sql(
                "SELECT count(*) FROM change WHERE kind = 'shards-moved' AND body->>'writeId' = '"
                    + writeId
                    + "'"))
        .isEqualTo(1);
    assertThat(
            house.sql(
                "SELECT count(*) FROM remnant WHERE replace(write_id::text, '-', '') = '"
                    + writeId
                    + "'"))
        .isEqualTo(1);
  }

  @Test
  void whoHasLostHisClaimOrHisRowChangesNothingAndHoldsUpNobody() {
    for (int i = 0; i < 4; i++) {
      damaged("k" + i, true);
    }
    var tasks = claim(1, 10);
    var all = new ArrayList<>(tasks.stream().map(PackedMendsIT::mended).toList());
    house.sql(
        "UPDATE heal_task SET attempt = attempt + 1 WHERE task_id = " + tasks.get(0).taskId());
    var second = all.get(1);
    var elsewhere = new Move(house.id(session), second.moves().getFirst().location());
    all.set(
        1,
        new Mended(
            second.taskId(), second.attempt(), second.writeId(), List.of(elsewhere), RESULT));
    house.put(session, bucket, tasks.get(2).key());
    assertThat(house.ask(MEND_PACKED, new MendPacked(session, all)).taskIds())
        .containsExactly(tasks.get(3).taskId());
    for (int i = 0; i < 2; i++) {
      assertThat(segment(tasks.get(i).key())).isEqualTo(tasks.get(i).segment());
    }
  }

  @Test
  void damageThatIsReportedMeanwhileKeepsItsRowOpen() {
    damaged("k", true);
    var task = claim(1, 10).getFirst();
    report(task.segment(), 2);
    assertThat(house.ask(MEND_PACKED, new MendPacked(session, List.of(mended(task)))).taskIds())
        .containsExactly(task.taskId());
    assertThat(house.ask(GET_QUEUE, new GetQueue()).due()).isEqualTo(1);
    assertThat(claim(1, 0).getFirst().known()).extracting(Damage::shardIndex).containsExactly(2);
  }

  @Test
  void aSessionThatIsClosedMovesNothing() {
    damaged("k", true);
    var task = claim(1, 10).getFirst();
    var other = "00000000000000ee";
    var to =
        new Location(
            0,
            other + "0000000000000001",
            "o0",
            House.ORIGIN_INCARNATION,
            true,
            new Packed("packs/00000000000000ab-1", 64, 5_009));
    var old = task.segment().locations().getFirst().attemptId();
    var one =
        new Mended(task.taskId(), 1, task.segment().writeId(), List.of(new Move(old, to)), RESULT);
    assertThat(house.refusal(MEND_PACKED, new MendPacked(other, List.of(one))).detail("what"))
        .isEqualTo("session");
  }
}
