package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Many writers at once, two catalogs on one database, and a database that goes away.
class CatalogLoadIT {
  private static final int ASKERS = 64;
  private House house = new House();
  private String session = "";

  @BeforeEach
  void open() {
    session = house.session();
    house.bucket("load");
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// Commits keys one after another until `total` of all askers are done.
  private Future<Void> ask(AtomicInteger next, int total, List<Committed> done) {
    int n = next.getAndIncrement();
    if (n >= total) {
      return Future.succeededFuture();
    }
    var small = new Layout(1, 2);
    List<Segment> segments = List.of(house.segment(session, 0, 0, 4096, small));
    var key = "dir/" + n % 97 + "/" + n;
    return commit(House.commitment(session, "load", key, Condition.NONE, segments), 100)
        .compose(committed -> {
          done.add(committed);
          return ask(next, total, done);
        });
  }

  /// As a writer does: what is unknown or could not be done now is asked for again.
  private Future<Committed> commit(CommitObject question, int tries) {
    return house
        .bus
        .ask(COMMIT_OBJECT, question)
        .recover(cause -> {
          var failure = Failure.from(cause);
          boolean again = failure.is(FailureCode.UNAVAILABLE) || failure.is(FailureCode.TIMEOUT);
          return again && tries > 0 ? commit(question, tries - 1) : Future.failedFuture(failure);
        });
  }

  private double rate(int total) {
    var next = new AtomicInteger();
    var done = new CopyOnWriteArrayList<Committed>();
    long start = System.nanoTime();
    Promise<Void> all = Promise.promise();
    house.vertx.runOnContext(_ ->
        Future.all(IntStream.range(0, ASKERS).mapToObj(_ -> ask(next, total, done)).toList())
            .<Void>mapEmpty()
            .onComplete(all));
    House.await(all.future());
    return total / ((System.nanoTime() - start) / 1e9);
  }

  @Test
  void sixtyFourWritersGetTheirAnswersAndEachItsOwnPlace() {
    double rate = rate(6000);
    System.getLogger("load").log(System.Logger.Level.INFO, "commits per second: " + rate);
    assertThat(house.sql("SELECT count(DISTINCT seq) FROM version")).isEqualTo(6000);
    assertThat(rate).isGreaterThan(300);
  }

  /// While commits and deletes run in many transactions, a reader that goes on from the last seq it
  /// saw must meet every seq exactly once, in order.
  @Test
  void whoReadsOnFromTheLastSeqMissesNothing() throws SQLException {
    var other = House.second(house);
    var next = new AtomicInteger();
    var done = new CopyOnWriteArrayList<Committed>();
    var writers = Future.all(IntStream.range(0, 32).mapToObj(_ -> ask(next, 1500, done)).toList());
    var deletes = new AtomicInteger();
    var deleters =
        Future.all(IntStream.range(0, 8).mapToObj(_ -> delete(other, deletes, 400)).toList());
    long last = house.sql("SELECT min(seq) - 1 FROM change");
    try (var connection = house.connect();
        var query =
            connection.prepareStatement("SELECT seq FROM change WHERE seq > ? ORDER BY seq")) {
      boolean over = false;
      while (!over) {
        over = writers.isComplete() && deleters.isComplete();
        query.setLong(1, last);
        var rows = query.executeQuery();
        while (rows.next()) {
          assertThat(rows.getLong(1)).isEqualTo(last + 1);
          last = rows.getLong(1);
        }
      }
    }
    House.await(writers);
    House.await(deleters);
    assertThat(house.sql("SELECT seq FROM clock")).isEqualTo(last);
    other.close();
  }

  private static Future<Void> delete(House catalog, AtomicInteger next, int total) {
    int n = next.getAndIncrement();
    if (n >= total) {
      return Future.succeededFuture();
    }
    var key = new DeleteKey("dir/" + n % 97 + "/" + n, null, Condition.NONE);
    return catalog
        .bus
        .ask(DELETE_OBJECTS, new DeleteObjects("load", List.of(key)))
        .compose(_ -> delete(catalog, next, total));
  }

  @Test
  void aConditionHoldsBetweenTwoCatalogsOnOneDatabase() {
    var other = House.second(house);
    var absent = new Condition(null, "*");
    for (int round = 0; round < 10; round++) {
      var key = "k" + round;
      var answers =
          IntStream.range(0, 20)
              .mapToObj(i ->
                  (i % 2 == 0 ? house : other)
                      .bus.ask(COMMIT_OBJECT, house.commitment(session, "load", key, absent)))
              .toList();
      House.await(Future.join(answers).transform(_ -> Future.succeededFuture()));
      assertThat(answers.stream().filter(Future::succeeded)).hasSize(1);
    }
    other.close();
  }

  @Test
  void commitsOutliveTheirConnections() {
    var next = new AtomicInteger();
    var done = new CopyOnWriteArrayList<Committed>();
    var writers = Future.all(IntStream.range(0, 32).mapToObj(_ -> ask(next, 2000, done)).toList());
    while (!writers.isComplete()) {
      house.sql(
          "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
      house.sql("SELECT 1 FROM pg_sleep(0.1)");
    }
    House.await(writers);
    assertThat(house.sql("SELECT count(*) FROM version")).isEqualTo(2000);
    assertThat(house.sql("SELECT count(*) FROM change WHERE kind = 'object-committed'"))
        .isEqualTo(2000);
  }

  @Test
  void whoCannotReachTheDatabaseSaysSoAndServesAgainWhenItIsBack() {
    house.put(session, "load", "before");
    var database = house.address.database();
    house.admin("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
    house.admin(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '"
            + database
            + "'");
    var failure =
        house.refusal(COMMIT_OBJECT, house.commitment(session, "load", "k", Condition.NONE));
    assertThat(failure.code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(failure.text()).contains("database").doesNotContain("FATAL");
    house.admin("ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
    house.put(session, "load", "after");
  }
}
