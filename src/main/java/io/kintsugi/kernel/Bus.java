package io.kintsugi.kernel;

import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/// The only way verticles meet. It delivers at most once. Within a JVM a message is the same
/// immutable record; between nodes it is JSON in which unknown fields are ignored.
///
/// A failed answer is always a [Failure].
public interface Bus {
  <E extends Record> void publish(Topic<E> topic, E event);

  <E extends Record> void listen(Topic<E> topic, Consumer<E> listener);

  /// Asks and waits for the call's own time.
  default <Q extends Record, A extends Record> Future<A> ask(Call<Q, A> call, Q question) {
    return ask(call, question, call.timeoutMillis());
  }

  <Q extends Record, A extends Record> Future<A> ask(
      Call<Q, A> call, Q question, long timeoutMillis);

  /// Asks with bytes on the way: no time limit while `body` moves, the call's own once it has
  /// ended; fails at once when `body` fails.
  <Q extends Record, A extends Record> Future<A> askWhile(
      BlobSink body, Call<Q, A> call, Q question);

  <Q extends Record, A extends Record> void answer(
      Call<Q, A> call, Function<Q, Future<A>> answerer);

  /// Done when every listener and answerer registered so far can be reached.
  Future<Void> registered();
}
