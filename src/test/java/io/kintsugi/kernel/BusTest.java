package io.kintsugi.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Questions, answers, failures and bytes between two ends in one JVM (F1, F2).
@ExtendWith(VertxExtension.class)
class BusTest {
  record Ask(String word, BlobOffer body) {}

  record Question(String word) {}

  record Answer(String word) {}

  private static final Call<Question, Answer> ECHO =
      new Call<>("test.call.echo.v1", Question.class, Answer.class);
  private static final Call<Ask, Answer> COUNT =
      new Call<>("test.call.count.v1", Ask.class, Answer.class);

  @Test
  void aQuestionIsAnswered(Vertx vertx, VertxTestContext test) {
    var world = VertxWorld.of(vertx, new JsonObject());
    world.bus().answer(ECHO, q -> Future.succeededFuture(new Answer(q.word() + "!")));
    world
        .bus()
        .ask(ECHO, new Question("hello"))
        .onComplete(
            test.succeeding(answer ->
                test.verify(() -> {
                  assertThat(answer.word()).isEqualTo("hello!");
                  test.completeNow();
                })));
  }

  @Test
  void aFailureKeepsItsCodeWordsAndDetails(Vertx vertx, VertxTestContext test) {
    var world = VertxWorld.of(vertx, new JsonObject());
    world
        .bus()
        .answer(
            ECHO,
            _ ->
                Future.failedFuture(
                    Failure.of(FailureCode.NOT_FOUND, "no bucket b", "what", "bucket")));
    world
        .bus()
        .ask(ECHO, new Question("x"))
        .onComplete(
            test.failing(cause ->
                test.verify(() -> {
                  var failure = Failure.from(cause);
                  assertThat(failure.code()).isEqualTo(FailureCode.NOT_FOUND);
                  assertThat(failure.text()).isEqualTo("no bucket b");
                  assertThat(failure.detail("what")).isEqualTo("bucket");
                  test.completeNow();
                })));
  }

  @Test
  void nobodyThereIsUnavailable(Vertx vertx, VertxTestContext test) {
    var world = VertxWorld.of(vertx, new JsonObject());
    world
        .bus()
        .ask(ECHO, new Question("x"))
        .onComplete(
            test.failing(cause ->
                test.verify(() -> {
                  assertThat(Failure.from(cause).code()).isEqualTo(FailureCode.UNAVAILABLE);
                  test.completeNow();
                })));
  }

  @Test
  void pushedBytesArriveInOrderAndTheAnswerComesAfterThem(Vertx vertx, VertxTestContext test) {
    vertx.runOnContext(_ -> {
      var world = VertxWorld.of(vertx, new JsonObject());
      world.bus().answer(COUNT, ask -> count(world, ask));
      var sink = world.blobs().offer();
      var answer = world.bus().askWhile(sink, COUNT, new Ask("go", sink.offer()));
      var writes = new ArrayList<Future<Void>>();
      for (int i = 0; i < 100; i++) {
        writes.add(sink.write(Buffer.buffer("x".repeat(10_000))));
      }
      Future.all(writes)
          .compose(_ -> sink.end())
          .compose(_ -> answer)
          .onComplete(
              test.succeeding(counted ->
                  test.verify(() -> {
                    assertThat(counted.word()).isEqualTo("1000000");
                    test.completeNow();
                  })));
    });
  }

  private static Future<Answer> count(World world, Ask ask) {
    var promise = Promise.<Answer>promise();
    long[] bytes = {0};
    world
        .blobs()
        .accept(ask.body(), 64 * 1024)
        .handler(buffer -> bytes[0] += buffer.length())
        .exceptionHandler(promise::tryFail)
        .endHandler(_ -> promise.complete(new Answer(Long.toString(bytes[0]))));
    return promise.future();
  }

  @Test
  void anAbortedBodyFailsTheAnswererAndTheAsker(Vertx vertx, VertxTestContext test) {
    vertx.runOnContext(_ -> {
      var world = VertxWorld.of(vertx, new JsonObject());
      world.bus().answer(COUNT, ask -> count(world, ask));
      var sink = world.blobs().offer();
      var answer = world.bus().askWhile(sink, COUNT, new Ask("go", sink.offer()));
      var written = sink.write(Buffer.buffer("half"));
      written.onComplete(
          _ -> sink.abort(Failure.of(FailureCode.CANCELLED, "the client went away")));
      answer.onComplete(
          test.failing(cause ->
              test.verify(() -> {
                assertThat(Failure.from(cause).code()).isEqualTo(FailureCode.CANCELLED);
                test.completeNow();
              })));
    });
  }

  @Test
  void aBodyAbortedBeforeItWasTakenFailsTheAnswererAtOnce(Vertx vertx, VertxTestContext test) {
    vertx.runOnContext(_ -> {
      var world = VertxWorld.of(vertx, new JsonObject());
      world
          .bus()
          .answer(
              COUNT,
              ask ->
                  count(world, ask)
                      .onComplete(
                          test.failing(cause ->
                              test.verify(() -> {
                                assertThat(Failure.from(cause).code())
                                    .isEqualTo(FailureCode.CANCELLED);
                                test.completeNow();
                              }))));
      var sink = world.blobs().offer();
      var answer = world.bus().askWhile(sink, COUNT, new Ask("go", sink.offer()));
      sink.abort(Failure.of(FailureCode.CANCELLED, "never mind"));
      answer.onSuccess(_ -> test.failNow("an aborted body was answered"));
    });
  }

  @Test
  void anAnswererThatThrowsAnywhereStillAnswers(Vertx vertx, VertxTestContext test) {
    var world = VertxWorld.of(vertx, new JsonObject());
    world
        .bus()
        .answer(
            ECHO,
            q ->
                switch (q.word()) {
                  case "at once" -> throw new IllegalStateException("a bug");
                  case "an error" -> throw new AssertionError("a bug");
                  case "its own" -> throw Failure.of(FailureCode.CONFLICT, "not now");
                  default ->
                      Future.succeededFuture()
                          .compose(_ -> {
                            throw new IllegalStateException("a bug");
                          });
                });
    Future.all(
            fails(world, "at once", FailureCode.INTERNAL_ERROR),
            fails(world, "an error", FailureCode.INTERNAL_ERROR),
            fails(world, "its own", FailureCode.CONFLICT),
            fails(world, "in a chain", FailureCode.INTERNAL_ERROR))
        .onComplete(test.succeedingThenComplete());
  }

  private static Future<Void> fails(World world, String word, FailureCode code) {
    return world
        .bus()
        .ask(ECHO, new Question(word))
        .transform(answered -> {
          assertThat(answered.cause()).isInstanceOf(Failure.class);
          assertThat(Failure.from(answered.cause()).code()).isEqualTo(code);
          return Future.<Void>succeededFuture();
        });
  }

  @Test
  void anAnswererWhoDiesAfterTheBytesLeavesTheOutcomeUnknown(Vertx vertx, VertxTestContext test) {
    var brief = new Call<>(COUNT.address(), Ask.class, Answer.class, 200);
    vertx.runOnContext(_ -> {
      var world = VertxWorld.of(vertx, new JsonObject());
      world
          .bus()
          .answer(brief, ask -> count(world, ask).compose(_ -> Promise.<Answer>promise().future()));
      var sink = world.blobs().offer();
      var answer = world.bus().askWhile(sink, brief, new Ask("go", sink.offer()));
      sink.write(Buffer.buffer("all"));
      sink.end();
      answer.onComplete(
          test.failing(cause ->
              test.verify(() -> {
                assertThat(sink.done().succeeded()).isTrue();
                assertThat(Failure.from(cause).code()).isEqualTo(FailureCode.TIMEOUT);
                test.completeNow();
              })));
    });
  }

  @Test
  void anAnswererWhoRefusesEarlyStopsTheBytes(Vertx vertx, VertxTestContext test) {
    vertx.runOnContext(_ -> {
      var world = VertxWorld.of(vertx, new JsonObject());
      world
          .bus()
          .answer(COUNT, _ -> Future.failedFuture(Failure.of(FailureCode.QUEUE_FULL, "no room")));
      var sink = world.blobs().offer();
      var write = sink.write(Buffer.buffer("never taken"));
      world
          .bus()
          .askWhile(sink, COUNT, new Ask("go", sink.offer()))
          .onComplete(
              test.failing(cause ->
                  test.verify(() -> {
                    assertThat(Failure.from(cause).code()).isEqualTo(FailureCode.QUEUE_FULL);
                    assertThat(Failure.from(write.cause()).code())
                        .isEqualTo(FailureCode.QUEUE_FULL);
                    test.completeNow();
                  })));
    });
  }

  @Test
  void aTraceGoesWithQuestionsEventsTimersAndComputation(Vertx vertx, VertxTestContext test) {
    var world = VertxWorld.of(vertx, new JsonObject());
    var topic = new Topic<>("test.event.said.v1", Question.class);
    var heard = Promise.<String>promise();
    world.bus().listen(topic, _ -> heard.complete("" + Trace.current()));
    world
        .bus()
        .answer(
            ECHO,
            _ -> {
              var later = Promise.<String>promise();
              world.after(Duration.ofMillis(1), () -> later.complete("" + Trace.current()));
              return later
                  .future()
                  .compose(timed -> world.compute(() -> timed + " " + Trace.current()))
                  .map(both -> new Answer(both + " " + Trace.current()));
            });
    onContextOfItsOwn(
        vertx,
        () -> {
          Trace.set("t1");
          world.bus().publish(topic, new Question("x"));
          world
              .bus()
              .ask(ECHO, new Question("x"))
              .compose(answer -> heard.future().map(event -> answer.word() + " " + event))
              .onComplete(
                  test.succeeding(words ->
                      test.verify(() -> {
                        assertThat(words).isEqualTo("t1 t1 t1 t1");
                        assertThat(Trace.current()).isEqualTo("t1");
                        test.completeNow();
                      })));
        });
  }

  private static void onContextOfItsOwn(Vertx vertx, Runnable work) {
    ((VertxInternal) vertx).createEventLoopContext().duplicate().runOnContext(_ -> work.run());
  }

  @Test
  void aFailureInUnknownWordsIsAnInternalError() {
    assertThat(FailureBody.parse("{\"code\":\"FROM_THE_FUTURE\",\"message\":\"m\"}"))
        .satisfies(failure -> {
          assertThat(failure.code()).isEqualTo(FailureCode.INTERNAL_ERROR);
          assertThat(failure.text()).isEqualTo("m");
          assertThat(failure.details()).isEmpty();
        });
    assertThat(FailureBody.parse("not json").code()).isEqualTo(FailureCode.INTERNAL_ERROR);
    assertThat(FailureBody.parse("null").code()).isEqualTo(FailureCode.INTERNAL_ERROR);
    assertThat(FailureBody.parse("{}").text()).isNotBlank();
  }
}
