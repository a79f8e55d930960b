package io.kintsugi.kernel;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The production [Bus], over the Vert.x event bus.
final class EventBusBus implements Bus {
  private static final Logger LOG = LoggerFactory.getLogger(EventBusBus.class);

  /// Set by every test: even neighbours then speak JSON.
  private static final boolean ALWAYS_JSON = Boolean.getBoolean("kintsugi.bus.json");

  /// As good as no limit for a question whose bytes are still on their way.
  private static final long BODY_MILLIS_MAX = Duration.ofDays(7).toMillis();

  /// When a body fails, its answerer usually says why; how long to wait for that.
  private static final long REASON_MILLIS = 500;

  private final Vertx vertx;
  private final EventBus events;
  private final List<Future<Void>> registrations = new ArrayList<>();

  EventBusBus(Vertx vertx) {
    this.vertx = vertx;
    events = vertx.eventBus();
    installCodecs(events);
  }

  /// Makes [#registered] wait for one more thing.
  void awaitAlso(Future<Void> registration) {
    registrations.add(registration);
  }

  static void installCodecs(EventBus events) {
    synchronized (events) {
      try {
        events.registerCodec(new Parcel.Codec(ALWAYS_JSON));
        events.registerCodec(new Frame.Codec());
      } catch (IllegalStateException e) {
        LOG.trace("codecs are there already", e);
      }
    }
  }

  @Override
  public <E extends Record> void publish(Topic<E> topic, E event) {
    events.publish(topic.address(), Parcel.of(event), options());
  }

  @Override
  public <E extends Record> void listen(Topic<E> topic, Consumer<E> listener) {
    var consumer =
        events.<Parcel>consumer(
            topic.address(),
            message -> {
              Trace.set(message.headers().get(Trace.HEADER));
              listener.accept(message.body().open(topic.type()));
            });
    registrations.add(consumer.completion());
  }

  @Override
  public <Q extends Record, A extends Record> Future<A> ask(
      Call<Q, A> call, Q question, long timeoutMillis) {
    return events
        .<Parcel>request(
            call.address(), Parcel.of(question), options().setSendTimeout(timeoutMillis))
        .map(message -> message.body().open(call.answer()))
        .recover(cause -> Future.failedFuture(failure(call, cause)));
  }

  @Override
  public <Q extends Record, A extends Record> Future<A> askWhile(
      BlobSink body, Call<Q, A> call, Q question) {
    Promise<A> answer = Promise.promise();
    ask(call, question, BODY_MILLIS_MAX)
        .onSuccess(answer::tryComplete)
        .onFailure(cause -> {
          body.abort(Failure.from(cause));
          answer.tryFail(cause);
        });
    body.done()
        .onSuccess(_ ->
            giveUpAfter(
                answer,
                call.timeoutMillis(),
                Failure.of(FailureCode.TIMEOUT, "no answer from " + call.address())))
        .onFailure(cause -> giveUpAfter(answer, REASON_MILLIS, Failure.from(cause)));
    return answer.future();
  }

  private <A> void giveUpAfter(Promise<A> answer, long delayMillis, Failure failure) {
    long timer = vertx.setTimer(delayMillis, _ -> answer.tryFail(failure));
    answer.future().onComplete(_ -> vertx.cancelTimer(timer));
  }

  @Override
  public <Q extends Record, A extends Record> void answer(
      Call<Q, A> call, Function<Q, Future<A>> answerer) {
    var consumer =
        events.<Parcel>consumer(call.address(), message -> reply(call, answerer, message));
    registrations.add(consumer.completion());
  }

  /// Whatever happens there is an answer: an asker that waits in vain does not know what was done.
  private static <Q extends Record, A extends Record> void reply(
      Call<Q, A> call, Function<Q, Future<A>> answerer, Message<Parcel> message) {
    Trace.set(message.headers().get(Trace.HEADER));
    Future.succeededFuture(message.body())
        .compose(body -> answerer.apply(body.open(call.question())))
        .onSuccess(answer -> say(call, message, answer))
        .onFailure(cause -> refuse(call, message, cause));
  }

  private static void say(Call<?, ?> call, Message<Parcel> message, Record answer) {
    try {
      message.reply(Parcel.of(answer), options());
    } catch (RuntimeException e) {
      refuse(call, message, e);
    }
  }

  private static void refuse(Call<?, ?> call, Message<Parcel> message, Throwable cause) {
    var failure = Failure.from(cause);
    if (failure.is(FailureCode.INTERNAL_ERROR)) {
      LOG.atError()
          .setCause(cause)
          .addKeyValue("code", failure.code())
          .log("call={} failed", call.address());
    }
    message.fail(failure.code().status(), Json.text(FailureBody.of(failure)));
  }

  private static Failure failure(Call<?, ?> call, Throwable cause) {
    if (!(cause instanceof ReplyException reply)) {
      return Failure.from(cause);
    }
    return switch (reply.failureType()) {
      case TIMEOUT -> Failure.of(FailureCode.TIMEOUT, "no answer in time from " + call.address());
      case NO_HANDLERS -> Failure.of(FailureCode.UNAVAILABLE, "nobody answers " + call.address());
      case RECIPIENT_FAILURE -> said(reply);
      case ERROR -> Failure.from(cause);
    };
  }

  private static Failure said(ReplyException reply) {
    var message = reply.getMessage();
    return FailureBody.parse(message == null ? "" : message);
  }

  @Override
  public Future<Void> registered() {
    return Future.all(registrations).mapEmpty();
  }

  private static DeliveryOptions options() {
    var options =
        new DeliveryOptions()
            .setCodecName(Parcel.Codec.NAME)
            .setTracingPolicy(TracingPolicy.IGNORE);
    var trace = Trace.current();
    return trace == null ? options : options.addHeader(Trace.HEADER, trace);
  }
}
