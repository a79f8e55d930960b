package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gathers commits into batches: what comes while one is under way goes into the next. A batch is
/// one transaction; a member that may not commit drops out of it alone.
final class Commits {
  private static final int BATCH_MAX = 64;
  private static final Duration LINGER = Duration.ofMillis(2);
  private static final int ROUNDS_MAX = 50;

  /// One commit that somebody waits for.
  static final class Member {
    final CommitObject question;
    final Promise<Committed> promise = Promise.promise();
    private int rounds;

    Member(CommitObject question) {
      this.question = question;
    }
  }

  /// What became of one member in one batch.
  sealed interface Outcome {
    record Done(Committed committed) implements Outcome {}

    record Refused(Failure failure) implements Outcome {}

    /// Another transaction made the key in the meantime: look again.
    record Again() implements Outcome {}
  }

  private final Db db;
  private final Lane lane;
  private final World world;
  private final ArrayDeque<Member> waiting = new ArrayDeque<>();
  private boolean scheduled;
  private int lastBatch;
  private World.@Nullable Timer lingering;

  Commits(Db db, Lane lane, World world) {
    this.db = db;
    this.lane = lane;
    this.world = world;
  }

  Future<Committed> commit(CommitObject question) {
    CommitDecision.require(question);
    var member = new Member(question);
    waiting.add(member);
    schedule();
    return member.promise.future();
  }

  /// Lingers only if company is to be expected, so that a lone writer waits for nobody.
  private void schedule() {
    if (waiting.size() >= Math.min(BATCH_MAX, lastBatch)) {
      if (!scheduled) {
        scheduled = true;
        enter();
      } else if (lingering != null && lingering.cancel()) {
        lingering = null;
        enter();
      }
    } else if (!scheduled) {
      scheduled = true;
      lingering =
          world.after(
              LINGER,
              () -> {
                lingering = null;
                enter();
              });
    }
  }

  private void enter() {
    lane.run(
            () -> {
              scheduled = false;
              var batch = nextBatch();
              lastBatch = batch.size();
              return commitTogether(batch);
            })
        .onComplete(_ -> {
          if (!waiting.isEmpty()) {
            schedule();
          }
        });
  }

  /// At most one member per key: a later one must see what became of the earlier.
  private List<Member> nextBatch() {
    var batch = new ArrayList<Member>();
    var keys = new HashSet<String>();
    var left = new ArrayDeque<Member>();
    while (batch.size() < BATCH_MAX && !waiting.isEmpty()) {
      var member = waiting.remove();
      var chosen = keys.add(member.question.bucket() + "/" + member.question.key());
      (chosen ? batch : left).add(member);
    }
    left.addAll(waiting);
    waiting.clear();
    waiting.addAll(left);
    return batch;
  }

  private Future<Void> commitTogether(List<Member> batch) {
    return db.tx(tx ->
            new CommitBatch(batch.stream().map(m -> m.question).toList())
                .run(tx)
                .onSuccess(_ -> CrashPoint.COMMIT_OPEN.pass()))
        .<Void>map(outcomes -> {
          CrashPoint.COMMIT_MADE.pass();
          for (int i = 0; i < batch.size(); i++) {
            settle(batch.get(i), outcomes.get(i));
          }
          return null;
        })
        .recover(cause -> apart(batch, Failure.from(cause)));
  }

  /// What spoiled the whole transaction is somewhere in one member: alone, it spoils only its own.
  private Future<Void> apart(List<Member> batch, Failure failure) {
    boolean memberAtFault =
        failure.is(FailureCode.INTERNAL_ERROR) || failure.is(FailureCode.CONFLICT);
    if (batch.size() == 1 || !memberAtFault) {
      batch.forEach(member -> member.promise.fail(failure));
      return Future.succeededFuture();
    }
    Future<Void> done = Future.succeededFuture();
    for (var member : batch) {
      done = done.compose(_ -> commitTogether(List.of(member)));
    }
    return done;
  }

  private void settle(Member member, Outcome outcome) {
    switch (outcome) {
      case Outcome.Done(var committed) -> member.promise.complete(committed);
      case Outcome.Refused(var failure) -> member.promise.fail(failure);
      case Outcome.Again() -> {
        if (++member.rounds > ROUNDS_MAX) {
          member.promise.fail(Failure.of(FailureCode.UNAVAILABLE, "too many writers of one key"));
        } else {
          waiting.addFirst(member);
        }
      }
    }
  }
}
