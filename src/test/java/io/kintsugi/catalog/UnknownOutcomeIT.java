package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.catalog.CutWire.Place;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.Condition;
import io.kintsugi.kernel.FailureCode;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A COMMIT whose answer never came: what is not known is neither taken for done nor done twice.
@Timeout(60)
class UnknownOutcomeIT {
  private static final String BUCKET = "unknown";
  private static House house;
  private static CutWire wire;
  private static House far;
  private static String session;

  @BeforeAll
  static void open() {
    house = new House();
    wire = new CutWire(house.address);
    far = House.through(house, wire.port());
    house.bucket(BUCKET);
    session = house.session();
  }

  @AfterAll
  static void close() {
    far.close();
    wire.close();
    house.close();
  }

  private static DeleteObjects deletion(String key) {
    return new DeleteObjects(BUCKET, java.util.List.of(new DeleteKey(key, null, Condition.NONE)));
  }

  private static String current(String key) {
    return house.ask(FIND_OBJECT, new FindObject(BUCKET, key, null)).versionId();
  }

  private static long changes(String kind, String key) {
    return house.sql(
        "SELECT count(*) FROM change WHERE kind = '%s' AND body ->> 'key' = '%s'"
            .formatted(kind, key));
  }

  @Test
  void aDeleteWhoseAnswerWasLostIsNotRepeatedOverWhatWasStoredSince() {
    house.put(session, BUCKET, "deleted");
    var since = new AtomicReference<Committed>();
    wire.cut(Place.BEFORE_ANSWER, () -> since.set(house.put(session, BUCKET, "deleted")));

    var refusal = far.refusal(DELETE_OBJECTS, deletion("deleted"));

    assertThat(wire.wasCut()).isTrue();
    assertThat(refusal.code()).isEqualTo(FailureCode.TIMEOUT);
    assertThat(refusal.text()).contains("unknown");
    assertThat(current("deleted")).isEqualTo(since.get().versionId());
    assertThat(changes("object-deleted", "deleted")).isEqualTo(1);
    assertThat(wire.commits()).isEqualTo(1);
  }

  @Test
  void aDeleteThatNeverReachedTheDatabaseIsNotTakenForDone() {
    var kept = house.put(session, BUCKET, "kept");
    wire.cut(Place.BEFORE_COMMIT, () -> {});

    var refusal = far.refusal(DELETE_OBJECTS, deletion("kept"));

    assertThat(wire.wasCut()).isTrue();
    assertThat(refusal.code()).isEqualTo(FailureCode.TIMEOUT);
    assertThat(current("kept")).isEqualTo(kept.versionId());
    assertThat(changes("object-deleted", "kept")).isZero();
  }

  @Test
  void aPutWhoseAnswerWasLostIsAskedForAgainAndStoredOnce() {
    var question = house.commitment(session, BUCKET, "put", Condition.NONE);
    wire.cut(Place.BEFORE_ANSWER, () -> {});

    var committed = far.ask(COMMIT_OBJECT, question);

    assertThat(wire.wasCut()).isTrue();
    assertThat(wire.commits()).isEqualTo(2);
    assertThat(committed.versionId()).isEqualTo(question.versionId());
    assertThat(current("put")).isEqualTo(question.versionId());
    assertThat(changes("object-committed", "put")).isEqualTo(1);
  }

  @Test
  void aPutThatIsAskedForAgainDoesNotCoverWhatWasStoredSince() {
    var question = house.commitment(session, BUCKET, "covered", Condition.NONE);
    var since = new AtomicReference<Committed>();
    wire.cut(Place.BEFORE_ANSWER, () -> since.set(house.put(session, BUCKET, "covered")));

    var committed = far.ask(COMMIT_OBJECT, question);

    assertThat(wire.wasCut()).isTrue();
    assertThat(committed.versionId()).isEqualTo(question.versionId());
    assertThat(since.get().seq()).isGreaterThan(committed.seq());
    assertThat(current("covered")).isEqualTo(since.get().versionId());
    assertThat(changes("object-committed", "covered")).isEqualTo(2);
  }

  @Test
  void aPutThatNeverReachedTheDatabaseIsStoredByTheNextTry() {
    var question = house.commitment(session, BUCKET, "late", Condition.NONE);
    wire.cut(Place.BEFORE_COMMIT, () -> {});

    assertThat(far.ask(COMMIT_OBJECT, question).versionId()).isEqualTo(question.versionId());

    assertThat(wire.wasCut()).isTrue();
    assertThat(current("late")).isEqualTo(question.versionId());
    assertThat(changes("object-committed", "late")).isEqualTo(1);
  }
}
