package io.kintsugi.catalog;

import io.kintsugi.sql.PgAddress;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A wire to PostgreSQL that can be cut exactly once, around one COMMIT.
final class CutWire implements AutoCloseable {
  /// Where the wire is cut.
  enum Place {
    /// The server never sees the COMMIT.
    BEFORE_COMMIT,
    /// The server commits, and its answer never arrives.
    BEFORE_ANSWER
  }

  /// @param meanwhile what happens in the world before the client sees that the wire is cut
  private record Plan(Place place, Runnable meanwhile) {}

  /// As a simple query travels: its type, its length, its text.
  private static final String COMMIT = "Q\0\0\0\u000bCOMMIT\0";

  /// The answer: command complete.
  private static final String COMMITTED = "C\0\0\0\u000bCOMMIT\0";

  private final Vertx vertx = Vertx.vertx();
  private final AtomicReference<@Nullable Plan> plan = new AtomicReference<>();
  private final AtomicInteger commits = new AtomicInteger();
  private final NetServer server;

  CutWire(PgAddress to) {
    NetClient client = vertx.createNetClient();
    server =
        vertx
            .createNetServer()
            .connectHandler(near -> {
              near.pause();
              client
                  .connect(to.port(), to.host())
                  .onSuccess(far -> join(near, far))
                  .onFailure(_ -> near.close());
            })
            .listen(0, "127.0.0.1")
            .await();
  }

  int port() {
    return server.actualPort();
  }

  /// Cuts the wire at the next COMMIT. What happens meanwhile runs on a thread of its own.
  void cut(Place place, Runnable meanwhile) {
    commits.set(0);
    plan.set(new Plan(place, meanwhile));
  }

  /// COMMITs seen since the wire was told to be cut.
  int commits() {
    return commits.get();
  }

  boolean wasCut() {
    return plan.get() == null;
  }

  private void join(NetSocket near, NetSocket far) {
    var cutting = new AtomicReference<@Nullable Plan>();
    near.handler(bytes -> {
      if (text(bytes).contains(COMMIT)) {
        commits.incrementAndGet();
        var due = plan.getAndSet(null);
        cutting.set(due);
        if (due != null && due.place() == Place.BEFORE_COMMIT) {
          far.close().onComplete(_ -> end(due, near));
          return;
        }
      }
      far.write(bytes);
    });
    far.handler(bytes -> {
      var due = cutting.get();
      if (due == null) {
        near.write(bytes);
      } else if (text(bytes).contains(COMMITTED)) {
        end(due, near);
      }
    });
    near.closeHandler(_ -> far.close());
    far.closeHandler(_ -> {
      if (cutting.get() == null) {
        near.close();
      }
    });
    near.resume();
  }

  private void end(Plan due, NetSocket near) {
    vertx
        .executeBlocking(() -> {
          due.meanwhile().run();
          return true;
        })
        .onComplete(_ -> near.close());
  }

  private static String text(Buffer bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    vertx.close().await();
  }
}
