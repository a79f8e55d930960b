package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.ChangesMade;
import io.kintsugi.contract.CatalogJournalContract.GetJournalState;
import io.kintsugi.contract.CatalogJournalContract.JournalState;
import io.kintsugi.contract.CatalogJournalContract.ReadChanges;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.JournalContract;
import io.kintsugi.contract.JournalContract.Reach;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The changes in their order, for the journal to read; and waiting until it has them.
final class Changes {
  private static final Logger LOG = LoggerFactory.getLogger(Changes.class);
  private static final int MAX = 10_000;

  /// Changes made within this time are hinted at once: a journal's record follows within a second.
  private static final Duration HINT_DELAY = Duration.ofMillis(200);

  private static final String STATE =
      "SELECT c.cluster_id, k.seq, (SELECT coalesce(min(h.seq), k.seq + 1) FROM change h),"
          + " (SELECT coalesce(max(b.m), 0)::int FROM bucket b), EXISTS (SELECT FROM rebuild)"
          + " FROM cluster c, clock k";

  private static final String READ =
      "SELECT seq, kind, at, body::text FROM change WHERE seq > $1 ORDER BY seq LIMIT $2";

  private final Db db;
  private final World world;
  private final Guard guard;
  private final boolean journalled;
  private boolean hinting;

  Changes(Db db, World world, Guard guard, boolean journalled) {
    this.db = db;
    this.world = world;
    this.guard = guard;
    this.journalled = journalled;
  }

  Future<JournalState> state(GetJournalState question) {
    return db.query(STATE)
        .map(rows -> {
          var row = rows.iterator().next();
          return new JournalState(
              row.getString(0),
              row.getLong(1),
              row.getLong(2),
              row.getInteger(3),
              row.getBoolean(4),
              guard.state());
        });
  }

  Future<CatalogJournalContract.Changes> read(ReadChanges question) {
    if (question.max() < 1 || question.max() > MAX || question.bytesMax() < 1) {
      throw Ids.invalid("max must be 1 to " + MAX);
    }
    return db.query(READ, question.afterSeq(), question.max() + 1L)
        .map(rows -> {
          var changes = new ArrayList<Change>();
          long bytes = 0;
          for (var row : rows) {
            var body = row.getString(3);
            if (changes.size() == question.max()
                || (bytes + body.length() > question.bytesMax() && !changes.isEmpty())) {
              return new CatalogJournalContract.Changes(changes, true);
            }
            bytes += body.length();
            changes.add(
                new Change(
                    row.getLong(0), row.getString(1), row.getOffsetDateTime(2).toInstant(), body));
          }
          return new CatalogJournalContract.Changes(changes, false);
        });
  }

  /// Passes on an answer about a change whose shards tell of it until the journal does.
  <A> A hinted(A answer) {
    if (journalled && !hinting) {
      hinting = true;
      world.after(
          HINT_DELAY,
          () -> {
            hinting = false;
            world.bus().publish(CatalogJournalContract.CHANGES_MADE, new ChangesMade());
          });
    }
    return answer;
  }

  /// Passes on that a commit was refused, once the journal knows: the shards of a write that was
  /// refused may lie whole on the origins, and must not be taken for a version.
  Future<Committed> refused(Throwable cause) {
    var failure = Failure.from(cause);
    return switch (failure.code()) {
      case PRECONDITION_FAILED, CONFLICT, NOT_FOUND ->
          reached(new Done()).compose(_ -> Future.<Committed>failedFuture(failure));
      default -> Future.failedFuture(failure);
    };
  }

  /// Holds back an answer until whatever was committed before lies on enough origins: nothing else
  /// would tell of it once the catalog is lost.
  <A> Future<A> reached(A answer) {
    if (!journalled) {
      return Future.succeededFuture(answer);
    }
    return world
        .bus()
        .ask(JournalContract.REACH, new Reach())
        .map(_ -> {
          CrashPoint.JOURNAL_REACHED.pass();
          return answer;
        })
        .recover(cause -> {
          var failure = Failure.from(cause);
          LOG.warn("change not in the journal yet: {}", failure.text());
          return Future.failedFuture(
              new Failure(
                  FailureCode.TIMEOUT,
                  "it is recorded in the catalog, but not on the origins yet ("
                      + failure.text()
                      + "); the same question again is answered once it is",
                  Map.of("what", "journal")));
        });
  }
}
