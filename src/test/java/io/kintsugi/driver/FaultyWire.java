package io.kintsugi.driver;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// A way to a server of TCP that can be slow, torn, or swallow everything. It can be changed while
/// connections are open.
final class FaultyWire implements AutoCloseable {
  enum Mood {
    WELL,
    /// Every piece takes its time.
    SLOW,
    /// The server's answers come a few bytes at a time.
    TRICKLE,
    /// Connections are taken, and nothing comes of what is sent.
    BLACK_HOLE,
    /// Connections are reset as soon as something is sent.
    RESET
  }

  private static final long SLOW_MILLIS = 200;
  private static final long TRICKLE_MILLIS = 50;
  private static final int TRICKLE_BYTES = 16;

  private final Vertx vertx;
  private final int port;
  private final NetServer server;
  private final NetClient client;
  private final Set<NetSocket> open = ConcurrentHashMap.newKeySet();
  private volatile Mood mood = Mood.WELL;

  /// After so many more bytes of answers the mood turns.
  private final AtomicLong untilTurn = new AtomicLong(Long.MAX_VALUE);

  private volatile Mood next = Mood.WELL;

  FaultyWire(Vertx vertx, int port) {
    this.vertx = vertx;
    this.port = port;
    server =
        vertx
            .createNetServer(new NetServerOptions().setHost("127.0.0.1").setPort(0).setSoLinger(0))
            .connectHandler(this::connect);
    client = vertx.createNetClient();
    FakeS3.await(server.listen());
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  void is(Mood mood) {
    this.mood = mood;
  }

  /// Turns after so many bytes of answers.
  void turns(Mood mood, long afterBytes) {
    next = mood;
    untilTurn.set(afterBytes);
  }

  int connections() {
    return open.size();
  }

  private void connect(NetSocket near) {
    open.add(near);
    near.closeHandler(_ -> open.remove(near));
    near.pause();
    client
        .connect(port, "127.0.0.1")
        .onFailure(_ -> near.close())
        .onSuccess(far -> {
          near.handler(bytes -> pass(near, far, bytes, false));
          far.handler(bytes -> pass(far, near, bytes, true));
          near.endHandler(_ -> far.end());
          far.endHandler(_ -> near.end());
          near.exceptionHandler(_ -> far.close());
          far.exceptionHandler(_ -> near.close());
          near.resume();
        });
  }

  private void pass(NetSocket from, NetSocket to, Buffer bytes, boolean answer) {
    if (answer && untilTurn.addAndGet(-bytes.length()) <= 0) {
      mood = next;
    }
    switch (mood) {
      case WELL -> send(from, to, bytes);
      case SLOW -> later(from, to, bytes, SLOW_MILLIS);
      case TRICKLE -> {
        if (answer) {
          trickle(from, to, bytes, 0);
        } else {
          send(from, to, bytes);
        }
      }
      case BLACK_HOLE -> {}
      case RESET -> {
        from.close();
        to.close();
      }
    }
  }

  private void later(NetSocket from, NetSocket to, Buffer bytes, long millis) {
    from.pause();
    vertx.setTimer(
        millis,
        _ -> {
          send(from, to, bytes);
          from.resume();
        });
  }

  private void trickle(NetSocket from, NetSocket to, Buffer bytes, int at) {
    from.pause();
    if (at >= bytes.length()) {
      from.resume();
      return;
    }
    int end = Math.min(bytes.length(), at + TRICKLE_BYTES);
    to.write(bytes.getBuffer(at, end));
    vertx.setTimer(TRICKLE_MILLIS, _ -> trickle(from, to, bytes, end));
  }

  private static void send(NetSocket from, NetSocket to, Buffer bytes) {
    to.write(bytes);
    if (to.writeQueueFull()) {
      from.pause();
      to.drainHandler(_ -> from.resume());
    }
  }

  @Override
  public void close() {
    FakeS3.await(server.close());
    FakeS3.await(client.close());
  }
}
