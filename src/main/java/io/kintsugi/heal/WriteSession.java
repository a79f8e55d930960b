package io.kintsugi.heal;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.CloseSession;
import io.kintsugi.contract.CatalogContract.OpenSession;
import io.kintsugi.contract.CatalogContract.RenewSession;
import io.kintsugi.contract.CatalogContract.Session;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HexFormat;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The healer's right to write: it owns the names of all it writes, and its claims.
final class WriteSession {
  private static final Logger LOG = LoggerFactory.getLogger(WriteSession.class);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

  /// A lease is renewed so many times in its life.
  private static final int RENEWALS = 3;

  private final World world;
  private final String life;
  private final Runnable changed;
  private final TreeSet<Long> inUse = new TreeSet<>();
  private @Nullable String id;

  /// Never steps back, not even for a new session: a repair under a lost one makes no name twice.
  private long counter;

  private boolean closed;

  /// @param life of this process
  /// @param changed called when a session was opened or lost
  WriteSession(World world, String life, Runnable changed) {
    this.world = world;
    this.life = life;
    this.changed = changed;
  }

  /// The session's id; null while there is none.
  @Nullable String id() {
    return id;
  }

  /// Opens a session, however often it has to be tried.
  void open() {
    if (closed) {
      return;
    }
    world
        .bus()
        .ask(CatalogContract.OPEN_SESSION, new OpenSession(world.node() + "/heal", life))
        .onSuccess(this::opened)
        .onFailure(cause -> {
          LOG.info("no write session yet: {}", Failure.from(cause).text());
          world.after(TRY_AGAIN, this::open);
        });
  }

  private void opened(Session session) {
    id = session.sessionId();
    renewLater(session);
    changed.run();
  }

  private void renewLater(Session session) {
    world.after(Duration.ofMillis(session.leaseMillis() / RENEWALS), () -> renew(session));
  }

  private void renew(Session session) {
    if (closed || !session.sessionId().equals(id)) {
      return;
    }
    // Nothing below the least counter in use will ever be asked for again.
    long lowWater = inUse.isEmpty() ? counter + 1 : inUse.first();
    world
        .bus()
        .ask(CatalogContract.RENEW_SESSION, new RenewSession(session.sessionId(), lowWater))
        .onSuccess(_ -> renewLater(session))
        .onFailure(cause -> {
          var failure = Failure.from(cause);
          if (failure.is(FailureCode.CONFLICT) || failure.is(FailureCode.NOT_FOUND)) {
            lost(session.sessionId());
          } else {
            world.after(TRY_AGAIN, () -> renew(session));
          }
        });
  }

  /// A session that somebody else has closed: nothing of it will be committed any more.
  void lost(String sessionId) {
    if (sessionId.equals(id)) {
      LOG.warn("session={} lost", sessionId);
      id = null;
      changed.run();
      open();
    }
  }

  /// A fresh attempt id of this session; to be released when nothing is asked for it any more.
  String nextAttempt(String session) {
    long number = ++counter;
    inUse.add(number);
    return new WriteId(HexFormat.fromHexDigitsToLong(session), number).toString();
  }

  void release(String attemptId) {
    inUse.remove(WriteId.parse(attemptId).counter());
  }

  Future<Void> close() {
    closed = true;
    var open = id;
    id = null;
    return open == null
        ? Future.succeededFuture()
        : world
            .bus()
            .ask(CatalogContract.CLOSE_SESSION, new CloseSession(open))
            .<Void>mapEmpty()
            .otherwiseEmpty();
  }
}
