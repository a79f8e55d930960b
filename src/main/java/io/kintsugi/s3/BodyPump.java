package io.kintsugi.s3;

import io.kintsugi.kernel.World;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Moves one request's body to where it belongs and holds it against what was declared on the way.
/// Large batches are hashed off the event loop, one after the other; meanwhile a bounded rest waits
/// and the client is held back.
final class BodyPump {
  /// Where the payload goes.
  interface Target {
    void write(Buffer bytes);

    boolean isFull();

    /// Calls back, once, when it is no longer full, which it is not either once it has failed.
    void onDrain(Runnable task);

    /// Whether it takes nothing more. Who stops the pump knows why.
    boolean hasFailed();
  }

  /// What one batch became.
  ///
  /// @param verified null if the body goes on
  private record Fed(Buffer payload, @Nullable Map<String, String> verified) {}

  private static final int BATCH_BYTES_MIN = 64 * 1024;
  private static final int WAITING_BYTES_MAX = 512 * 1024;

  /// Less than this is hashed faster than it is handed over.
  private static final int INLINE_BYTES_MAX = 16 * 1024;

  private final World world;
  private final Exchange exchange;
  private final BodyChecks checks;
  private final Target target;
  private final Promise<Map<String, String>> done = Promise.promise();
  private List<Buffer> waiting = new ArrayList<>();
  private int waitingBytes;
  private boolean held;
  private boolean busy;
  private boolean ended;

  BodyPump(World world, Exchange exchange, BodyChecks checks, Target target) {
    this.world = world;
    this.exchange = exchange;
    this.checks = checks;
    this.target = target;
  }

  /// Done when every byte was written and every check held, with what was verified. The end is not
  /// told to the target: that is for the caller to say, or not.
  Future<Map<String, String>> run() {
    var request = exchange.request();
    request.handler(this::arrived);
    request.endHandler(_ -> end());
    exchange.activity().onIdle(() -> stop(S3Error.of(ErrorCode.REQUEST_TIMEOUT)));
    if (!exchange.awaitsContinue()) {
      begin();
    } else if (target.isFull()) {
      // Whoever asks first is told to go on when its bytes can go somewhere.
      target.onDrain(this::invite);
    } else {
      invite();
    }
    return done.future();
  }

  /// Takes nothing more.
  void stop(Throwable cause) {
    waiting.clear();
    done.tryFail(cause);
  }

  private boolean isOver() {
    return done.future().isComplete();
  }

  private void invite() {
    // The invitation and a refusal together confuse clients: they wait for an answer they dropped.
    if (!isOver() && !target.hasFailed()) {
      exchange.inviteBody();
      begin();
    }
  }

  private void begin() {
    exchange.activity().theirs();
    exchange.request().resume();
  }

  private void arrived(Buffer bytes) {
    if (isOver()) {
      return;
    }
    exchange.activity().touch();
    waiting.add(bytes);
    waitingBytes += bytes.length();
    if (waitingBytes >= WAITING_BYTES_MAX && !held) {
      held = true;
      exchange.activity().ours();
      exchange.request().pause();
    }
    pump();
  }

  private void end() {
    ended = true;
    exchange.activity().ours();
    pump();
  }

  private void pump() {
    if (isOver() || busy || (waitingBytes < BATCH_BYTES_MIN && !ended)) {
      return;
    }
    if (target.isFull()) {
      target.onDrain(this::pump);
      return;
    }
    var batch = waiting;
    int batchBytes = waitingBytes;
    boolean last = ended;
    waiting = new ArrayList<>();
    waitingBytes = 0;
    release();
    if (batchBytes <= INLINE_BYTES_MAX) {
      feedHere(batch, batchBytes, last);
      return;
    }
    busy = true;
    world
        .compute(() -> feed(batch, batchBytes, last))
        .onFailure(this::stop)
        .onSuccess(fed -> {
          busy = false;
          pass(fed);
        });
  }

  private void feedHere(List<Buffer> batch, int batchBytes, boolean last) {
    Fed fed;
    try {
      fed = feed(batch, batchBytes, last);
    } catch (S3Error error) {
      stop(error);
      return;
    }
    pass(fed);
  }

  private void release() {
    if (held && !ended) {
      held = false;
      begin();
    }
  }

  private Fed feed(List<Buffer> batch, int batchBytes, boolean last) {
    var bytes = new byte[batchBytes];
    int at = 0;
    for (var buffer : batch) {
      buffer.getBytes(bytes, at);
      at += buffer.length();
    }
    int kept = checks.feed(bytes, batchBytes);
    var payload = BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, 0, kept));
    return new Fed(payload, last ? checks.finish() : null);
  }

  private void pass(Fed fed) {
    if (isOver()) {
      return;
    }
    if (fed.payload().length() > 0) {
      target.write(fed.payload());
    }
    if (fed.verified() != null) {
      done.tryComplete(fed.verified());
    } else {
      pump();
    }
  }
}
