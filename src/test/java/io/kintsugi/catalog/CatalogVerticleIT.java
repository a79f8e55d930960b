package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.CHANGE_BUCKET;
import static io.kintsugi.contract.CatalogContract.CLOSE_SESSION;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.CREATE_BUCKET;
import static io.kintsugi.contract.CatalogContract.DELETE_BUCKET;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogContract.GET_BUCKET;
import static io.kintsugi.contract.CatalogContract.HEAD_OBJECT;
import static io.kintsugi.contract.CatalogContract.LIST_BUCKETS;
import static io.kintsugi.contract.CatalogContract.RENEW_SESSION;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.CreateBucket;
import io.kintsugi.contract.CatalogContract.DeleteBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.DeletedKey;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.GetBucket;
import io.kintsugi.contract.CatalogContract.HeadObject;
import io.kintsugi.contract.CatalogContract.ListBuckets;
import io.kintsugi.contract.CatalogContract.RenewSession;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Buckets, sessions and commits, asked of a catalog on a real database (A7: nothing lives in
/// memory alone).
class CatalogVerticleIT {
  private static final Condition ABSENT = new Condition(null, "*");
  private static House house;

  @BeforeAll
  static void open() {
    house = new House();
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @Test
  void aBucketIsCreatedChangedAndDeleted() {
    var created = house.ask(CREATE_BUCKET, new CreateBucket("plain", null, null, "eu-1"));
    assertThat(created.layout()).isEqualTo(new Layout(6, 2));
    assertThat(created.bucketClass()).isEqualTo("standard");
    assertThat(created.version()).isEqualTo(1);
    assertThat(house.ask(GET_BUCKET, new GetBucket("plain"))).isEqualTo(created);

    var change = new ChangeBucket("plain", new Layout(1, 0), "critical", null, "refuse", 1L);
    var changed = house.ask(CHANGE_BUCKET, change);
    assertThat(changed.layout()).isEqualTo(new Layout(1, 0));
    assertThat(changed.warning()).isEqualTo("1+0 survives no loss");
    assertThat(changed.onShortage()).isEqualTo("refuse");
    assertThat(changed.version()).isEqualTo(2);
    assertThat(house.refusal(CHANGE_BUCKET, change).code())
        .isEqualTo(FailureCode.PRECONDITION_FAILED);
    assertThat(house.ask(LIST_BUCKETS, new ListBuckets()).buckets()).contains(changed);

    house.put(house.session(), "plain", "a");
    var notEmpty = house.refusal(DELETE_BUCKET, new DeleteBucket("plain"));
    assertThat(notEmpty.detail("what")).isEqualTo("bucket-not-empty");
    house.ask(
        DELETE_OBJECTS,
        new DeleteObjects("plain", List.of(new DeleteKey("a", null, Condition.NONE))));
    house.ask(DELETE_BUCKET, new DeleteBucket("plain"));
    assertThat(house.refusal(GET_BUCKET, new GetBucket("plain")).detail("what"))
        .isEqualTo("bucket");
  }

  @Test
  void anObjectIsFoundAsItWasCommitted() {
    house.bucket("found");
    var session = house.session();
    var layout = new Layout(4, 2);
    var segments =
        List.of(
            house.segment(session, 0, 0, 70, layout), house.segment(session, 1, 70, 30, layout));
    var question = House.commitment(session, "found", "ä/𝄞", Condition.NONE, segments);
    var committed = house.ask(COMMIT_OBJECT, question);
    var entry = house.ask(FIND_OBJECT, new FindObject("found", "ä/𝄞", null));
    assertThat(entry.versionId()).isEqualTo(committed.versionId());
    assertThat(entry.info()).isEqualTo(question.info());
    assertThat(entry.segments()).isEqualTo(segments);
    assertThat(house.ask(FIND_OBJECT, new FindObject("found", "ä/𝄞", entry.versionId())))
        .isEqualTo(entry);
    var head = house.ask(HEAD_OBJECT, new HeadObject("found", "ä/𝄞", null));
    assertThat(head.info()).isEqualTo(question.info());
    assertThat(head.partSizes()).isEmpty();

    assertThat(what(new FindObject("found", "nothing", null))).isEqualTo("key");
    assertThat(house.ask(FIND_OBJECT, new FindObject("found", "ä/𝄞", "null"))).isEqualTo(entry);
    assertThat(what(new FindObject("found", "ä/𝄞", "other"))).isEqualTo("version");
    assertThat(what(new FindObject("nowhere", "ä/𝄞", null))).isEqualTo("bucket");
  }

  @Test
  void aShardInAPackIsFoundWhereItLies() {
    house.bucket("packed");
    var session = house.session();
    var file = house.segment(session, 0, 0, 70, new Layout(1, 2));
    var locations = new ArrayList<Location>();
    for (var at : file.locations()) {
      var packed = at.index() == 1 ? null : new Packed("packs/" + session + "-7", 64, 700);
      locations.add(
          new Location(at.index(), at.attemptId(), at.originId(), at.incarnation(), true, packed));
    }
    var segments = List.of(House.with(file, locations));
    house.ask(COMMIT_OBJECT, House.commitment(session, "packed", "k", Condition.NONE, segments));
    assertThat(house.ask(FIND_OBJECT, new FindObject("packed", "k", null)).segments())
        .isEqualTo(segments);
    assertThat(
            house.sql(
                "SELECT count(*) FROM change WHERE body->>'key' = 'k' AND body->>'bucket' = 'packed'"
                    + " AND body->'segments'->0->'locations'->2->'packed'->>'sizeBytes' = '700'"))
        .isEqualTo(1);
    assertThat(
            house.sql(
                "SELECT count(*) FROM location WHERE origin_id = 'o2' AND at_offset = 64"
                    + " AND length = 700 AND container = 'packs/"
                    + session
                    + "-7'"))
        .isEqualTo(1);
  }

  private static String what(FindObject question) {
    var failure = house.refusal(FIND_OBJECT, question);
    assertThat(failure.code()).isEqualTo(FailureCode.NOT_FOUND);
    return String.valueOf(failure.detail("what"));
  }

  @Test
  void aCommitAskedForTwiceIsAnsweredTheSameEvenOnceItWasReplaced() {
    house.bucket("twice");
    var session = house.session();
    var question = house.commitment(session, "twice", "k", ABSENT);
    var first = house.ask(COMMIT_OBJECT, question);
    assertThat(house.ask(COMMIT_OBJECT, question)).isEqualTo(first);
    var second = house.put(session, "twice", "k");
    assertThat(second.seq()).isGreaterThan(first.seq());
    assertThat(house.ask(COMMIT_OBJECT, question)).isEqualTo(first);
    house.ask(CLOSE_SESSION, new CloseSession(session));
    assertThat(house.ask(COMMIT_OBJECT, question)).isEqualTo(first);
    assertThat(house.ask(FIND_OBJECT, new FindObject("twice", "k", null)).versionId())
        .isEqualTo(second.versionId());
  }

  @Test
  void membersOfABatchDropOutAlone() {
    house.bucket("drops");
    var good = house.session();
    var closed = house.session();
    var low = house.session();
    house.ask(CLOSE_SESSION, new CloseSession(closed));
    house.put(good, "drops", "taken");
    var below = house.commitment(low, "drops", "below", Condition.NONE);
    house.ask(RENEW_SESSION, new RenewSession(low, 1_000_000));
    var answers = new ArrayList<Future<Committed>>();
    for (var question :
        List.of(
            house.commitment(good, "drops", "fine-1", Condition.NONE),
            house.commitment(closed, "drops", "closed", Condition.NONE),
            below,
            house.commitment(good, "nowhere", "x", Condition.NONE),
            house.commitment(good, "drops", "taken", ABSENT),
            house.commitment(good, "drops", "nul\u0000", Condition.NONE),
            house.commitment(good, "drops", "fine-2", ABSENT))) {
      answers.add(house.bus.ask(COMMIT_OBJECT, question));
    }
    House.await(Future.join(answers).transform(_ -> Future.succeededFuture()));
    assertThat(answers.stream().map(CatalogVerticleIT::outcome))
        .containsExactly(
            "done",
            "CONFLICT session",
            "CONFLICT session",
            "NOT_FOUND bucket",
            "PRECONDITION_FAILED null",
            "INVALID_REQUEST null",
            "done");
  }

  private static String outcome(Future<Committed> answer) {
    if (answer.succeeded()) {
      return "done";
    }
    var failure = Failure.from(answer.cause());
    return failure.code() + " " + failure.detail("what");
  }

  @Test
  void ofFiftyWhoCreateTheSameKeyExactlyOneWins() {
    house.bucket("race");
    var session = house.session();
    for (int round = 0; round < 5; round++) {
      var key = "k" + round;
      var answers =
          IntStream.range(0, 50)
              .mapToObj(_ -> house.commitment(session, "race", key, ABSENT))
              .map(question -> house.bus.ask(COMMIT_OBJECT, question))
              .toList();
      House.await(Future.join(answers).transform(_ -> Future.succeededFuture()));
      assertThat(answers.stream().filter(Future::succeeded)).hasSize(1);
      assertThat(answers.stream().filter(Future::failed).map(CatalogVerticleIT::outcome))
          .hasSize(49)
          .containsOnly("PRECONDITION_FAILED null");
    }
  }

  @Test
  void deletingSaysWhatWasThereAndKeepsConditions() {
    house.bucket("gone");
    var session = house.session();
    var kept = house.put(session, "gone", "kept");
    house.put(session, "gone", "a");
    var wishes =
        List.of(
            new DeleteKey("a", null, Condition.NONE),
            new DeleteKey("a", null, Condition.NONE),
            new DeleteKey("never", null, Condition.NONE),
            new DeleteKey("kept", null, new Condition("other", null)));
    assertThat(house.ask(DELETE_OBJECTS, new DeleteObjects("gone", wishes)).keys())
        .containsExactly(
            new DeletedKey("a", true, null),
            new DeletedKey("a", false, null),
            new DeletedKey("never", false, null),
            new DeletedKey("kept", true, "PRECONDITION_FAILED"));
    assertThat(what(new FindObject("gone", "a", null))).isEqualTo("key");
    assertThat(house.ask(FIND_OBJECT, new FindObject("gone", "kept", null)).versionId())
        .isEqualTo(kept.versionId());
  }
}
