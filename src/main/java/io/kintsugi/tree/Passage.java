package io.kintsugi.tree;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.ReadFile;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The bytes of one read on their way from copy to reader, as fast as they are taken. Where a copy
/// fails, another takes over at the very byte, if both are known by hash to be the same; where that
/// is not known, the stream breaks off. A copy that falls silent is given up if another can go on.
final class Passage {
  private static final Logger LOG = LoggerFactory.getLogger(Passage.class);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration SILENCE_MAX = Duration.ofSeconds(3);

  private final World world;
  private final Deque<Seen> spares;
  private final Ranges.Slice slice;
  private final Promise<Void> begun = Promise.promise();
  private final World.Timer looking;
  private Seen copy;
  private @Nullable BlobSource source;
  private @Nullable BlobSink sink;
  private @Nullable Buffer first;
  private int attempt;
  private long passedBytes;
  private long heardNanos;
  private boolean sourceEnded;
  private boolean over;

  Passage(World world, Seen copy, List<Seen> spares, Ranges.Slice slice) {
    this.world = world;
    this.copy = copy;
    this.spares = new ArrayDeque<>(spares);
    this.slice = slice;
    heardNanos = world.nanos();
    looking = world.every(LOOK, this::look);
  }

  /// Done when the first bytes are here; fails if this copy cannot give them. No other is tried:
  /// whoever asked may want another one then.
  Future<Void> begin() {
    open();
    return begun.future().onFailure(_ -> close());
  }

  /// Gives the bytes out.
  void into(BlobSink to) {
    sink = to;
    to.done()
        .onComplete(done -> {
          close();
          var from = source;
          if (from != null && done.failed()) {
            from.cancel(Failure.from(done.cause()));
          }
        });
    var held = first;
    first = null;
    if (held != null) {
      pass(held);
    }
    if (sourceEnded) {
      ended();
    } else if (source != null) {
      flow(source);
    }
  }

  private void close() {
    over = true;
    looking.cancel();
  }

  private void open() {
    var from = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
    source = from;
    int mine = ++attempt;
    sourceEnded = false;
    heardNanos = world.nanos();
    from.exceptionHandler(cause -> failed(mine, Failure.from(cause)));
    from.endHandler(_ -> {
      if (mine == attempt) {
        sourceEnded = true;
        ended();
      }
    });
    from.handler(bytes -> arrived(mine, from, bytes));
    world
        .bus()
        .ask(
            FilesContract.READ_FILE.at(copy.source().originId()),
            new ReadFile(
                copy.path(),
                copy.stamp(),
                slice.offset() + passedBytes,
                slice.lengthBytes() - passedBytes,
                from.ticket()))
        .onFailure(cause -> failed(mine, Failure.from(cause)));
  }

  private void arrived(int of, BlobSource from, Buffer bytes) {
    if (of != attempt || over) {
      return;
    }
    heardNanos = world.nanos();
    if (sink == null) {
      first = first == null ? bytes : first.copy().appendBuffer(bytes);
      from.pause();
      begun.tryComplete();
    } else {
      pass(bytes);
    }
  }

  private void pass(Buffer bytes) {
    var to = sink;
    if (to == null) {
      return;
    }
    passedBytes += bytes.length();
    to.write(bytes);
    var from = source;
    if (to.writeQueueFull() && from != null) {
      from.pause();
      to.drainHandler(_ -> {
        heardNanos = world.nanos();
        if (source != null) {
          flow(source);
        }
      });
    }
  }

  private void flow(BlobSource from) {
    heardNanos = world.nanos();
    if (!over && sink != null && !sink.writeQueueFull()) {
      from.resume();
    }
  }

  private void ended() {
    begun.tryComplete();
    var to = sink;
    if (to == null || over) {
      return;
    }
    if (passedBytes == slice.lengthBytes()) {
      close();
      to.end();
    } else {
      failed(
          attempt,
          Failure.of(FailureCode.UNAVAILABLE, "other bytes came than the file should have"));
    }
  }

  /// @param of the attempt that failed; of an earlier one nobody wants to hear
  private void failed(int of, Failure failure) {
    var from = source;
    if (of != attempt || from == null || over) {
      return;
    }
    source = null;
    from.cancel(failure);
    if (!begun.future().isComplete()) {
      begun.fail(failure);
      return;
    }
    var next = isTrusted(failure) ? spares.poll() : null;
    if (next == null) {
      LOG.warn(
          "read broken off origin={} path={} at={} reason={}",
          copy.source().originId(),
          copy.path(),
          slice.offset() + passedBytes,
          failure.text());
      close();
      if (sink != null) {
        sink.abort(failure);
      }
      return;
    }
    LOG.warn(
        "read goes on elsewhere from={} to={} path={} at={} reason={}",
        copy.source().originId(),
        next.source().originId(),
        copy.path(),
        slice.offset() + passedBytes,
        failure.text());
    copy = next;
    open();
  }

  /// What was given out so far is known to be what the others have too. A file that was written to
  /// meanwhile may have given out anything.
  private boolean isTrusted(Failure failure) {
    return copy.sha256() != null && !"file-changed".equals(failure.detail("what"));
  }

  private void look() {
    boolean theirs = sink != null && sink.writeQueueFull();
    if (source != null
        && !over
        && !theirs
        && !spares.isEmpty()
        && copy.sha256() != null
        && world.nanos() - heardNanos > SILENCE_MAX.toNanos()) {
      failed(attempt, Failure.of(FailureCode.TIMEOUT, "fell silent"));
    }
  }
}
