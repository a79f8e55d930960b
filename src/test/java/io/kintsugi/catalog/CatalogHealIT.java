package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.CHANGE_BUCKET;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogHealContract.CANCEL_REQUEST;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.FIND_REQUEST;
import static io.kintsugi.contract.CatalogHealContract.GET_QUEUE;
import static io.kintsugi.contract.CatalogHealContract.LIST_REQUESTS;
import static io.kintsugi.contract.CatalogHealContract.MOVE_SHARDS;
import static io.kintsugi.contract.CatalogHealContract.OPEN_REQUEST;
import static io.kintsugi.contract.CatalogHealContract.REMAP_PRIORITIES;
import static io.kintsugi.contract.CatalogHealContract.RENEW_HEAL;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static io.kintsugi.contract.CatalogHealContract.SETTLE_HEAL;
import static io.kintsugi.contract.CatalogScanContract.CREATE_SCAN;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogHealContract.CancelRequest;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.ClaimedHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.FindRequest;
import io.kintsugi.contract.CatalogHealContract.GetQueue;
import io.kintsugi.contract.CatalogHealContract.HealRequest;
import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.CatalogHealContract.ListRequests;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.OpenRequest;
import io.kintsugi.contract.CatalogHealContract.Queue;
import io.kintsugi.contract.CatalogHealContract.RemapPriorities;
import io.kintsugi.contract.CatalogHealContract.RenewHeal;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.CatalogScanContract.CreateScan;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The durable heal queue (A5, A7): reports merge, claims never meet, damage is never dropped.
class CatalogHealIT {
  private static final long LEASE = 60_000;
  private static House house;
  private static String session;
  private static int buckets;
  private String bucket = "";

  @BeforeAll
  static void open() {
    house = new House();
    session = house.session();
    for (int i = 0; i < 8; i++) {
      house.sql(
          "INSERT INTO origin VALUES ('o%d', 'local', '/o%d', 'ready', '%s')"
              .formatted(i, i, House.ORIGIN_INCARNATION));
    }
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @BeforeEach
  void emptyQueue() {
    house.sql("DELETE FROM heal_request");
    house.sql("DELETE FROM heal_task");
    house.sql("DELETE FROM scan");
    house.sql("UPDATE heal_count SET completed = 0, failed = 0");
    bucket = "heal-" + ++buckets;
    house.bucket(bucket);
  }

  private Segment put(String key) {
    house.put(session, bucket, key);
    return segment(key);
  }

  private Segment segment(String key) {
    return house.ask(FIND_OBJECT, new FindObject(bucket, key, null)).segments().getFirst();
  }

  private static Damage damage(Segment segment, int index) {
    var location = segment.locations().get(index);
    return new Damage(
        segment.writeId(),
        index,
        location.attemptId(),
        location.originId(),
        Evidence.MISSING,
        false,
        "gone");
  }

  private static int report(@Nullable Priority priority, Damage... damages) {
    var question = new ReportDamage(List.of(damages), "scan", "scan-1", priority);
    return house.ask(REPORT_DAMAGE, question).reported();
  }

  private static List<HealTask> claim(String owner, int max) {
    return house.ask(CLAIM_HEALS, new ClaimHeals(owner, max, LEASE, false, null)).tasks();
  }

  private static void settle(HealTask task, String outcome, @Nullable HealResult result) {
    house.ask(
        SETTLE_HEAL,
        new SettleHeal(
            task.taskId(), task.attempt(), "me", outcome, result, "because", 60_000, true));
  }

  private static HealResult mended(int shards, String strategy) {
    return new HealResult(true, shards, 3, 10, strategy, List.of());
  }

  private HealRequest request(String key, int maxRetries) {
    return house.ask(
        OPEN_REQUEST,
        new OpenRequest(bucket, key, null, Priority.HIGH, "OnDemand", maxRetries, 1000));
  }

  private static HealRequest again(HealRequest request) {
    return house.ask(FIND_REQUEST, new FindRequest(request.requestId()));
  }

  private static Queue queue() {
    return house.ask(GET_QUEUE, new GetQueue());
  }

  @Test
  void reportsOfOneSegmentMergeIntoOneRow() {
    var segment = put("k");
    assertThat(report(Priority.LOW, damage(segment, 0), damage(segment, 0))).isEqualTo(1);
    assertThat(report(Priority.HIGH, damage(segment, 2))).isEqualTo(1);
    assertThat(report(Priority.LOW, damage(segment, 2))).isEqualTo(1);
    assertThat(queue().due()).isEqualTo(1);
    var task = claim("me", 10).getFirst();
    assertThat(task.known()).containsExactly(damage(segment, 0), damage(segment, 2));
    assertThat(task.priority()).isEqualTo(Priority.HIGH);
    assertThat(task.segment()).isEqualTo(segment);
    assertThat(task.key()).isEqualTo("k");
    assertThat(house.sql("SELECT redundancy FROM heal_task")).isEqualTo(-1);
  }

  @Test
  void aReportIsVoidWhenItsRowMovedOnOrItsSegmentDiedOrItIsNoDamage() {
    var old = put("k");
    var stale = new Damage(old.writeId(), 0, house.id(session), "o0", Evidence.CORRUPT, false, "");
    assertThat(report(null, stale)).isZero();
    var seen = damage(old, 0);
    var unreachable =
        new Damage(old.writeId(), 0, seen.attemptId(), "o0", Evidence.UNREACHABLE, false, "");
    assertThat(report(null, unreachable)).isZero();
    put("k");
    assertThat(report(null, seen)).isZero();
    assertThat(queue()).isEqualTo(new Queue(0, 0, 0, 0, 0, 0));
  }

  @Test
  void whatDidNotLandHasARowFromTheCommitOn() {
    var segment = House.missing(house.segment(session, 0, 0, 9, new Layout(4, 2)), 3);
    house.ask(
        COMMIT_OBJECT, House.commitment(session, bucket, "k", Condition.NONE, List.of(segment)));
    var task = claim("me", 1).getFirst();
    assertThat(task.cause()).isEqualTo("write");
    assertThat(task.mode()).isEqualTo("RealTime");
    assertThat(task.known()).extracting(Damage::shardIndex).containsExactly(3);
    assertThat(task.segment().locations().get(3).landed()).isFalse();
  }

  @Test
  void theMostEndangeredComesFirstThenThePriorityThenTheAge() {
    var a = put("a");
    var b = put("b");
    var c = put("c");
    var d = put("d");
    report(Priority.LOW, damage(a, 0));
    report(Priority.HIGH, damage(b, 0));
    report(Priority.LOW, damage(c, 0));
    report(Priority.LOW, damage(d, 0), damage(d, 1));
    assertThat(claim("me", 10)).extracting(HealTask::key).containsExactly("d", "b", "a", "c");
  }

  @Test
  void twoWhoClaimNeverGetTheSameRow() {
    var damages =
        IntStream.range(0, 60).mapToObj(i -> damage(put("k" + i), 0)).toArray(Damage[]::new);
    report(null, damages);
    var answers = new ArrayList<Future<ClaimedHeals>>();
    for (int i = 0; i < 20; i++) {
      answers.add(house.bus.ask(CLAIM_HEALS, new ClaimHeals("owner-" + i, 4, LEASE, false, null)));
    }
    House.await(Future.all(answers));
    var tasks = new HashSet<Long>();
    answers.forEach(answer ->
        answer.result().tasks().forEach(task -> assertThat(tasks.add(task.taskId())).isTrue()));
    tasks.addAll(claim("last", 60).stream().map(HealTask::taskId).toList());
    assertThat(tasks).hasSize(60);
    assertThat(queue().running()).isEqualTo(60);
  }

  @Test
  void aClaimWhoseLeaseRanOutIsTakenOverAndTheFirstOwnerIsTold() {
    report(null, damage(put("k"), 0));
    var first = claim("me", 1).getFirst();
    assertThat(claim("you", 1)).isEmpty();
    house.ask(RENEW_HEAL, new RenewHeal(first.taskId(), first.attempt(), "me", LEASE));
    house.sql("UPDATE heal_task SET lease_until = now() - interval '1 s'");
    var second = claim("you", 1).getFirst();
    assertThat(second.attempt()).isEqualTo(2);
    var renewal = new RenewHeal(first.taskId(), first.attempt(), "me", LEASE);
    assertThat(house.refusal(RENEW_HEAL, renewal).code()).isEqualTo(FailureCode.CONFLICT);
    var settlement = new SettleHeal(first.taskId(), 1, "me", "healed", null, null, 0, false);
    assertThat(house.refusal(SETTLE_HEAL, settlement).detail("what")).isEqualTo("claim");
    var move = new MoveShards(session, first.taskId(), 1, first.segment().writeId(), List.of());
    assertThat(house.refusal(MOVE_SHARDS, move).detail("what")).isEqualTo("claim");
  }

  @Test
  void aShardMovesOnlyFromWhereTheHealerSawItAndOnlyOnce() {
    var segment = put("k");
    report(null, damage(segment, 1), damage(segment, 2));
    var task = claim("me", 1).getFirst();
    var to = new Location(1, house.id(session), "o7", House.ORIGIN_INCARNATION, true);
    var moves =
        List.of(
            new Move(segment.locations().get(1).attemptId(), to),
            new Move(
                house.id(session),
                new Location(2, house.id(session), "o6", House.ORIGIN_INCARNATION, true)));
    var question = new MoveShards(session, task.taskId(), task.attempt(), segment.writeId(), moves);
    assertThat(house.ask(MOVE_SHARDS, question).movedIndexes()).containsExactly(1);
    assertThat(house.ask(MOVE_SHARDS, question).movedIndexes()).containsExactly(1);
    assertThat(segment("k").locations().get(1)).isEqualTo(to);
    assertThat(segment("k").locations().get(2)).isEqualTo(segment.locations().get(2));
    assertThat(
            house.sql(
                "SELECT count(*) FROM change WHERE kind = 'shards-moved'"
                    + " AND body->>'writeId' = '"
                    + segment.writeId()
                    + "'"))
        .isEqualTo(1);
    put("k");
    var late = new Move(to.attemptId(), new Location(1, house.id(session), "o5", "x", true));
    var dead =
        new MoveShards(session, task.taskId(), task.attempt(), segment.writeId(), List.of(late));
    assertThat(house.ask(MOVE_SHARDS, dead).movedIndexes()).isEmpty();
  }

  /// From a file into a pack, from pack to pack, and back into a file.
  @Test
  void aMoveSaysWhereInAPackTheShardLies() {
    var segment = put("k");
    report(null, damage(segment, 1));
    var task = claim("me", 1).getFirst();
    var from = segment.locations().get(1).attemptId();
    for (var packed :
        new Packed[] {
          new Packed("packs/00000000000000aa-1", 64, 5_000),
          new Packed("packs/00000000000000ab-12", 1L << 25, 4_999),
          null
        }) {
      var to = new Location(1, house.id(session), "o7", House.ORIGIN_INCARNATION, true, packed);
      var question =
          new MoveShards(
              session,
              task.taskId(),
              task.attempt(),
              segment.writeId(),
              List.of(new Move(from, to)));
      assertThat(house.ask(MOVE_SHARDS, question).movedIndexes()).containsExactly(1);
      assertThat(segment("k").locations().get(1)).isEqualTo(to);
      var attempt =
          to.attemptId().replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
      assertThat(house.sql("SELECT length FROM location WHERE attempt_id = '" + attempt + "'"))
          .isEqualTo(packed == null ? segment.shardBytes() : packed.sizeBytes());
      from = to.attemptId();
    }
    assertThat(
            house.sql(
                "SELECT count(*) FROM change WHERE kind = 'shards-moved'"
                    + " AND body->'moves'->0->'location'->'packed'->>'offset' = '64'"))
        .isEqualTo(1);
  }

  @Test
  void damageReportedWhileItsSegmentIsHealedIsNotLost() {
    var segment = put("k");
    report(null, damage(segment, 0));
    var task = claim("me", 1).getFirst();
    report(null, damage(segment, 1));
    settle(task, "healed", mended(1, "ParityShardRepair"));
    settle(task, "healed", mended(1, "ParityShardRepair"));
    var next = claim("me", 1).getFirst();
    assertThat(next.taskId()).isEqualTo(task.taskId());
    assertThat(next.known()).containsExactly(damage(segment, 1));
    settle(next, "healed", mended(1, "ParityShardRepair"));
    assertThat(claim("me", 1)).isEmpty();
    assertThat(queue()).isEqualTo(new Queue(0, 0, 0, 0, 2, 0));
  }

  @Test
  void aRequestForDamagedSegmentsJoinsTheirRowAndReportsItsResult() {
    var segment = put("k");
    report(Priority.LOW, damage(segment, 0));
    put("other");
    report(Priority.HIGH, damage(segment("other"), 0));
    var request = request("k", 3);
    assertThat(request.requestId()).matches("heal-[0-9]+");
    assertThat(request.status()).isEqualTo("Queued");
    assertThat(request.queuePosition()).isIn(1, 2);
    assertThat(request.estimatedStart()).isNotNull();
    var onDemand = house.ask(CLAIM_HEALS, new ClaimHeals("me", 9, LEASE, true, null)).tasks();
    assertThat(onDemand).extracting(HealTask::key).containsExactly("k");
    assertThat(again(request).status()).isEqualTo("Running");
    assertThat(again(request).queuePosition()).isNull();
    settle(onDemand.getFirst(), "healed", mended(1, "ParityShardRepair"));
    var done = again(request);
    assertThat(done.status()).isEqualTo("Completed");
    assertThat(done.result()).isEqualTo(mended(1, "ParityShardRepair"));
    assertThat(done.ended()).isNotNull();
  }

  @Test
  void aRequestAfterTheHealJoinsItOnlyIfAScanBeganBeforeIt() {
    var segment = put("k");
    report(null, damage(segment, 0));
    settle(claim("me", 1).getFirst(), "healed", mended(1, "ParityShardRepair"));
    assertThat(request("k", 3).status()).as("no scan").isEqualTo("Queued");
    settle(claim("me", 1).getFirst(), "healthy", null);
    house.ask(CREATE_SCAN, new CreateScan("{}", Priority.NORMAL));
    var fresh = request("k", 3);
    assertThat(fresh.status()).as("the scan is younger").isEqualTo("Queued");
    var task = claim("me", 1).getFirst();
    assertThat(task.known()).isEmpty();
    settle(task, "healthy", null);
    assertThat(again(fresh).result()).isEqualTo(new HealResult(true, 0, 3, 0, null, List.of()));
    var joined = request("k", 3);
    assertThat(joined.status()).as("completed since the scan began").isEqualTo("Completed");
    assertThat(queue().due()).isZero();
  }

  @Test
  void aRequestFailsAfterItsRetriesAndTheDamageGoesOn() {
    var segment = put("k");
    report(null, damage(segment, 0));
    var request = request("k", 1);
    for (int attempt = 1; attempt <= 2; attempt++) {
      var task = claim("me", 1).getFirst();
      assertThat(task.attempt()).isEqualTo(attempt);
      settle(task, "retry", null);
      assertThat(claim("me", 1)).as("it backs off").isEmpty();
      house.sql("UPDATE heal_task SET due = now()");
    }
    assertThat(again(request).status()).isEqualTo("Failed");
    assertThat(again(request).retries()).isEqualTo(2);
    assertThat(again(request).reason()).isEqualTo("because");
    assertThat(house.ask(CLAIM_HEALS, new ClaimHeals("me", 1, LEASE, true, null)).tasks())
        .isEmpty();
    assertThat(claim("me", 1)).hasSize(1);
    assertThat(queue().failed()).isEqualTo(2);
  }

  @Test
  void anUnrecoverableRowWaitsAndSaysSo() {
    var segment = put("k");
    report(null, damage(segment, 0), damage(segment, 1));
    var request = request("k", 3);
    settle(claim("me", 1).getFirst(), "unrecoverable", null);
    assertThat(again(request).status()).isEqualTo("Unrecoverable");
    assertThat(queue()).isEqualTo(new Queue(0, 0, 0, 1, 0, 1));
    report(null, damage(segment, 0));
    assertThat(claim("me", 1)).as("known damage leaves the back-off alone").isEmpty();
    assertThat(request("k", 3).status()).isEqualTo("Queued");
    assertThat(claim("me", 1)).as("who asks does not wait").hasSize(1);
  }

  @Test
  void deletingWhatIsBrokenEndsItsRowsAndRequests() {
    report(null, damage(put("k"), 0));
    var request = request("k", 3);
    put("k");
    assertThat(again(request).status()).isEqualTo("Cancelled");
    assertThat(claim("me", 1)).isEmpty();
    assertThat(queue().due()).isZero();
  }

  @Test
  void cancellingARequestLeavesTheDamage() {
    report(null, damage(put("k"), 0));
    var request = request("k", 3);
    var question = new CancelRequest(request.requestId());
    assertThat(house.ask(CANCEL_REQUEST, question).status()).isEqualTo("Cancelled");
    assertThat(house.refusal(CANCEL_REQUEST, question).code()).isEqualTo(FailureCode.CONFLICT);
    assertThat(house.refusal(CANCEL_REQUEST, new CancelRequest("heal-999999")).code())
        .isEqualTo(FailureCode.NOT_FOUND);
    assertThat(house.ask(CLAIM_HEALS, new ClaimHeals("me", 1, LEASE, true, null)).tasks())
        .isEmpty();
    assertThat(claim("me", 1)).hasSize(1);
  }

  @Test
  void requestsAreListedNewestFirstAndBounded() {
    put("k");
    var first = request("k", 3);
    var second = request("k", 3);
    var page = house.ask(LIST_REQUESTS, new ListRequests(null, null, 1));
    assertThat(page.requests())
        .extracting(HealRequest::requestId)
        .containsExactly(second.requestId());
    var rest = house.ask(LIST_REQUESTS, new ListRequests("Queued", page.nextAfter(), 1));
    assertThat(rest.requests())
        .extracting(HealRequest::requestId)
        .containsExactly(first.requestId());
    assertThat(rest.nextAfter()).isNull();
    assertThat(house.ask(LIST_REQUESTS, new ListRequests("Failed", null, 9)).requests()).isEmpty();
    var full = new OpenRequest(bucket, "k", null, Priority.LOW, "OnDemand", 0, 2);
    assertThat(house.refusal(OPEN_REQUEST, full).code()).isEqualTo(FailureCode.QUEUE_FULL);
  }

  @Test
  void theClassOfTheBucketDecidesWhatNobodyAskedFor() {
    house.ask(CHANGE_BUCKET, new ChangeBucket(bucket, null, "critical", null, null, null));
    report(null, damage(put("a"), 0));
    report(null, damage(put("b"), 0));
    request("b", 3);
    house.ask(REMAP_PRIORITIES, new RemapPriorities(Priority.LOW, Priority.LOW, Priority.LOW));
    assertThat(claim("me", 9))
        .extracting(task -> task.key() + " " + task.priority())
        .containsExactly("b EMERGENCY", "a LOW");
    house.ask(
        REMAP_PRIORITIES, new RemapPriorities(Priority.EMERGENCY, Priority.HIGH, Priority.NORMAL));
  }
}
