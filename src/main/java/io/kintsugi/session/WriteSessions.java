package io.kintsugi.session;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.OpenSession;
import io.kintsugi.contract.CatalogContract.RenewSession;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Holds one write session open, and opens another when it is lost. The first of a process life
/// ends those of the earlier ones: nothing that they left behind can be committed any more.
public final class WriteSessions {
  private static final Logger LOG = LoggerFactory.getLogger(WriteSessions.class);
  private static final long OPEN_TIMEOUT_MILLIS = 10_000;
  private static final long CLOSE_TIMEOUT_MILLIS = 2_000;

  private final World world;
  private final String holder;
  private @Nullable WriteSession current;
  private @Nullable Future<WriteSession> opening;

  /// @param holder the feature that writes, for people
  public WriteSessions(World world, String holder) {
    this.world = world;
    this.holder = world.node() + "/" + holder;
  }

  /// The session to write under; opened if there is none.
  public Future<WriteSession> take() {
    var session = current;
    if (session != null && session.isGood(world.nanos())) {
      return Future.succeededFuture(session);
    }
    current = null;
    var pending = opening;
    if (pending == null) {
      pending = open();
      opening = pending;
      pending.onComplete(_ -> opening = null);
    }
    return pending;
  }

  private Future<WriteSession> open() {
    long askedNanos = world.nanos();
    return world
        .bus()
        .ask(
            CatalogContract.OPEN_SESSION,
            new OpenSession(holder, world.life()),
            OPEN_TIMEOUT_MILLIS)
        .map(answer -> {
          var session = new WriteSession(answer, askedNanos);
          LOG.info(
              "write-session={} opened leaseMillis={}", session.sessionId(), answer.leaseMillis());
          current = session;
          keep(session);
          return session;
        });
  }

  private void keep(WriteSession session) {
    world.after(Duration.ofMillis(session.leaseMillis() / 3), () -> renew(session));
  }

  private void renew(WriteSession session) {
    long askedNanos = world.nanos();
    if (!session.isGood(askedNanos)) {
      lose(session, "its lease ran out");
      return;
    }
    if (session != current && session.isIdle()) {
      // Retired and done: its lease may end, and the catalog then closes it.
      return;
    }
    world
        .bus()
        .ask(
            CatalogContract.RENEW_SESSION,
            new RenewSession(session.sessionId(), session.lowWater()),
            session.leaseMillis() / 3)
        .onSuccess(_ -> {
          session.renewed(askedNanos);
          keep(session);
        })
        .onFailure(cause -> refused(session, Failure.from(cause)));
  }

  private void refused(WriteSession session, Failure failure) {
    if (failure.is(FailureCode.CONFLICT) || failure.is(FailureCode.NOT_FOUND)) {
      lose(session, failure.text());
    } else {
      keep(session);
    }
  }

  /// From now on nothing is written under it.
  public void lose(WriteSession session, String reason) {
    session.lose();
    if (session == current) {
      current = null;
    }
    LOG.warn("write-session={} lost reason=\"{}\"", session.sessionId(), reason);
  }

  /// Nothing new is written under it, because the outcome of a commit stays unknown and holds its
  /// low water; what was begun under it goes on.
  public void retire(WriteSession session) {
    if (session == current) {
      current = null;
    }
  }

  /// Closes the session: a commit that is still on its way is refused from then on.
  public Future<Void> close() {
    var session = current;
    current = null;
    if (session == null) {
      return Future.succeededFuture();
    }
    session.lose();
    return world
        .bus()
        .ask(
            CatalogContract.CLOSE_SESSION,
            new CloseSession(session.sessionId()),
            CLOSE_TIMEOUT_MILLIS)
        .onFailure(cause ->
            LOG.atInfo()
                .addKeyValue("code", Failure.from(cause).code())
                .log(
                    "write-session={} left to its lease: {}",
                    session.sessionId(),
                    Failure.from(cause).text()))
        .otherwiseEmpty()
        .mapEmpty();
  }
}
