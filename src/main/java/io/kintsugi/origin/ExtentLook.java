package io.kintsugi.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ExtentEnd;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyExtent;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Names;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A look at every shard of one leaf, told line by line. Names that are no shard's are passed over.
final class ExtentLook {
  private static final Logger LOG = LoggerFactory.getLogger(ExtentLook.class);

  /// Names whose sizes are asked for in one go.
  private static final int SIZES_AT_ONCE = 128;

  /// Lines are sent together up to this size.
  private static final int FLUSH_BYTES = 16 * 1024;

  /// How often a long look at one shard gives a sign of life: a space, which JSON ignores.
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);

  private final Origin origin;
  private final VerifyExtent question;
  private final BlobSink sink;
  private final Pace pace;
  private Buffer lines = Buffer.buffer();
  private World.Timer life = () -> false;
  private boolean silent;
  private boolean gone;
  private long readBytes;

  ExtentLook(Origin origin, VerifyExtent question, BlobSink sink) {
    this.origin = origin;
    this.question = question;
    this.sink = sink;
    pace = new Pace(question.bytesPerSecond(), origin.world().nanos());
  }

  /// Begins; whatever happens is said on the stream.
  void start() {
    sink.done()
        .onComplete(_ -> {
          gone = true;
          life.cancel();
        });
    life = origin.world().every(SIGN_OF_LIFE, this::sign);
    names()
        .compose(names ->
            (question.depth() == Depth.QUICK ? sizes(names) : shards(names)).map(_ -> names.size()))
        .compose(count -> origin.isStillOurs().map(ours -> end(count, ours)))
        .onSuccess(last -> {
          line(Json.text(last));
          send();
          sink.end();
        })
        .onFailure(cause -> sink.abort(origin.fail(Operation.LIST, cause)));
  }

  private ExtentEnd end(long names, boolean ours) {
    return new ExtentEnd(true, ours, names, readBytes);
  }

  private Future<List<ShardName>> names() {
    return origin.open(
        () -> {
          var found = list();
          var names =
              found.stream()
                  .map(Names::parseFileName)
                  .flatMap(Optional::stream)
                  .filter(name -> name.leaf().equals(question.leaf()))
                  .sorted(Comparator.comparing(ShardName::fileName))
                  .toList();
          if (names.size() < found.size()) {
            LOG.debug(
                "origin={} leaf={} strangeNames={}",
                origin.id(),
                question.leaf(),
                found.size() - names.size());
          }
          return names;
        },
        _ -> {});
  }

  private List<String> list() throws DriverException {
    try {
      return origin.driver().list(Names.leafPath(question.leaf()));
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return List.of();
      }
      throw e;
    }
  }

  private Future<Void> shards(List<ShardName> names) {
    return inTurn(
        names.size(),
        at -> ShardLook.at(origin, names.get(at), question.depth(), pace).compose(this::tell));
  }

  private Future<Void> sizes(List<ShardName> names) {
    int chunks = Math.ceilDiv(names.size(), SIZES_AT_ONCE);
    return inTurn(
        chunks,
        chunk -> {
          int from = chunk * SIZES_AT_ONCE;
          int to = Math.min(names.size(), from + SIZES_AT_ONCE);
          return origin
              .open(() -> sizesOf(names.subList(from, to)), _ -> {})
              .compose(found -> inTurn(found.size(), at -> tell(found.get(at))));
        });
  }

  /// One after another, until nobody listens any more.
  private Future<Void> inTurn(int count, IntFunction<Future<Void>> work) {
    Promise<Void> done = Promise.promise();
    proceed(0, count, work, done);
    return done.future();
  }

  /// Loops over what is done at once, so that many of those neither nest nor chain.
  private void proceed(int first, int count, IntFunction<Future<Void>> work, Promise<Void> done) {
    for (int at = first; at < count && !gone; at++) {
      var step = work.apply(at);
      if (!step.isComplete()) {
        int next = at + 1;
        step.onSuccess(_ -> proceed(next, count, work, done)).onFailure(done::fail);
        return;
      }
      if (step.failed()) {
        done.fail(step.cause());
        return;
      }
    }
    done.complete();
  }

  private List<ShardFinding> sizesOf(List<ShardName> names) {
    var found = new ArrayList<ShardFinding>(names.size());
    for (var name : names) {
      try {
        found.add(Finding.ofSize(name.path(), origin.driver().sizeOf(name.path())));
      } catch (DriverException e) {
        // A name that went away since it was listed says nothing; the next look tells.
        found.add(Finding.unreachable(name.path(), e.fault()));
      }
    }
    return found;
  }

  private Future<Void> tell(ShardFinding finding) {
    readBytes += finding.readBytes();
    line(Json.text(finding));
    if (question.depth() != Depth.QUICK || lines.length() >= FLUSH_BYTES) {
      send();
    }
    if (gone || !sink.writeQueueFull()) {
      return Future.succeededFuture();
    }
    Promise<Void> drained = Promise.promise();
    sink.drainHandler(_ -> drained.tryComplete());
    sink.done().onComplete(_ -> drained.tryComplete());
    return drained.future();
  }

  private void line(String json) {
    lines.appendBytes(json.getBytes(UTF_8)).appendByte((byte) '\n');
  }

  private void send() {
    if (lines.length() > 0 && !gone) {
      silent = false;
      var ready = lines;
      lines = Buffer.buffer();
      sink.write(ready).onFailure(_ -> gone = true);
    }
  }

  private void sign() {
    if (silent && !gone && !sink.writeQueueFull()) {
      sink.write(Buffer.buffer(" ")).onFailure(_ -> gone = true);
    }
    silent = true;
  }
}
