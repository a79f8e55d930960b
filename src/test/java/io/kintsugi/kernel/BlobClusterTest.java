package io.kintsugi.kernel;

import static io.kintsugi.kernel.Place.failure;
import static io.kintsugi.kernel.Place.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.test.fakecluster.FakeClusterManager;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The same streams and questions between two nodes, over real sockets (F1, F2).
class BlobClusterTest {
  record Question(String word) {}

  record Answer(String word) {}

  private static final Call<Question, Answer> ECHO =
      new Call<>("test.call.echo.v1", Question.class, Answer.class);
  private static final int WINDOW = 64 * 1024;

  private final FakeClusterManager rightCluster = new FakeClusterManager();
  private final Vertx leftNode = node(new FakeClusterManager());
  private final Vertx rightNode = node(rightCluster);

  private static Vertx node(FakeClusterManager cluster) {
    return result(
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventBusOptions(new EventBusOptions().setHost("127.0.0.1").setPort(0)))
            .withClusterManager(cluster)
            .buildClustered());
  }

  @AfterEach
  void close() {
    result(leftNode.close().transform(_ -> rightNode.close()));
    FakeClusterManager.reset();
  }

  @Test
  void bytesCrossTheWireWhole() {
    var left = Place.in(leftNode);
    var right = Place.in(rightNode);
    var content = new byte[1_000_000];
    new Random(1).nextBytes(content);
    var sink = left.on(() -> left.hub().offer());
    var source = right.on(() -> right.hub().accept(sink.offer(), WINDOW));
    var taken = right.on(() -> Taken.from(source));
    left.run(() -> {
      for (int at = 0; at < content.length; at += 10_000) {
        sink.write(Buffer.buffer(content).slice(at, at + 10_000));
      }
      sink.end();
    });
    result(sink.done());
    assertThat(taken.bytes.getBytes()).isEqualTo(content);
    assertThat(((StreamSource) source).waitingBytesMax()).isLessThan(WINDOW + 10_000);
  }

  @Test
  void questionsAnswersAndFailuresCrossTheWire() {
    var asker = new EventBusBus(leftNode);
    var answerer = new EventBusBus(rightNode);
    answerer.answer(
        ECHO,
        question ->
            question.word().equals("fail")
                ? Future.failedFuture(Failure.of(FailureCode.CORRUPT, "bad", "what", "shard"))
                : Future.succeededFuture(new Answer(question.word() + "!")));
    result(answerer.registered());
    assertThat(result(asker.ask(ECHO, new Question("ä"))).word()).isEqualTo("ä!");
    var failure = failure(asker.ask(ECHO, new Question("fail")));
    assertThat(failure.code()).isEqualTo(FailureCode.CORRUPT);
    assertThat(failure.detail("what")).isEqualTo("shard");
  }

  @Test
  void aNodeThatIsStoppedEndsTheStreamsOfTheOther() {
    var left = Place.in(leftNode);
    var right = Place.in(rightNode);
    var sink = left.on(() -> left.hub().offer());
    right.run(() -> right.hub().accept(sink.offer(), WINDOW));
    result(left.on(() -> sink.write(Buffer.buffer("x"))));
    result(rightNode.close());
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.UNAVAILABLE);
  }

  @Test
  void aNodeThatIsLostWithoutAWordEndsBothSides() {
    var left = Place.in(leftNode, Place.SHORT);
    var right = Place.in(rightNode, Place.SHORT);
    var sink = left.on(() -> left.hub().offer());
    var taken = right.on(() -> Taken.from(right.hub().accept(sink.offer(), WINDOW)));
    result(left.on(() -> sink.write(Buffer.buffer("x"))));
    Promise<Void> gone = Promise.promise();
    rightCluster.leave(gone);
    result(gone.future());
    assertThat(failure(sink.done()).code()).isEqualTo(FailureCode.UNAVAILABLE);
    assertThat(failure(taken.ended()).code()).isEqualTo(FailureCode.UNAVAILABLE);
  }
}
