package io.kintsugi.tree;

import io.kintsugi.contract.TreeCareContract.SourceVerified;
import io.kintsugi.contract.TreeContract.ListEntries;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All files of one source of a tree, read one after the other. An origin that falls silent breaks
/// it off, and it is gone on with from there; no error ever makes it forget a file.
final class SourceWalk {
  private static final int PAGE_ITEMS = 200;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Trees trees;
  private final Records records;
  private final Tree tree;
  private final Source source;
  private final Instant began;
  private String after;
  private boolean ended;
  private long files;
  private long bytes;
  private long readBytes;
  private long unread;
  private long rotten;
  private @Nullable String error;
  private boolean running;
  private boolean stopped;
  private long restUntilNanos;
  private long freeAtNanos;

  /// @param so how far an earlier life came
  SourceWalk(
      Trees trees, Records records, Tree tree, Source source, Instant began, SourceVerified so) {
    this.trees = trees;
    this.records = records;
    this.tree = tree;
    this.source = source;
    this.began = began;
    after = so.after();
    ended = so.ended();
    files = so.files();
    bytes = so.bytes();
    readBytes = so.readBytes();
    unread = so.unread();
    rotten = so.rotten();
    freeAtNanos = trees.world().nanos();
    restUntilNanos = freeAtNanos;
  }

  static SourceVerified nothing(Source source) {
    return new SourceVerified(source.originId(), source.path(), "", false, 0, 0, 0, 0, 0, null);
  }

  SourceVerified told() {
    return new SourceVerified(
        source.originId(),
        source.path(),
        after,
        ended,
        files,
        bytes,
        readBytes,
        unread,
        rotten,
        error);
  }

  boolean isEnded() {
    return ended;
  }

  /// Whether it could go on now.
  boolean isIdle() {
    return !running && !ended && trees.world().nanos() - restUntilNanos >= 0;
  }

  void hasten() {
    restUntilNanos = trees.world().nanos();
  }

  void stop() {
    stopped = true;
  }

  /// Goes on to the end, or until it cannot; then it rests for a while.
  Future<Void> run(Duration rest) {
    running = true;
    error = null;
    Promise<Void> over = Promise.promise();
    var question =
        new ListEntries(tree.name(), "", null, after.isEmpty() ? null : after, PAGE_ITEMS);
    page(new Feed(trees.world(), source, Scope.of(question), PAGE_ITEMS), over);
    return over.future()
        .recover(cause -> {
          error = Failure.from(cause).text();
          restUntilNanos = trees.world().nanos() + rest.toNanos();
          return Future.succeededFuture();
        })
        .onComplete(_ -> running = false);
  }

  private void page(Feed feed, Promise<Void> over) {
    if (stopped) {
      over.complete();
      return;
    }
    if (feed.isEnded()) {
      ended = true;
      over.complete();
      return;
    }
    var silence = trees.origins().silence(source.originId());
    if (silence != null) {
      over.fail(Failure.of(FailureCode.UNAVAILABLE, silence));
      return;
    }
    feed.next()
        .compose(items -> records.of(tree, items.stream().map(List::of).toList()))
        .onSuccess(found -> file(feed, found, 0, over))
        .onFailure(over::fail);
  }

  private void file(Feed feed, List<List<Seen>> found, int from, Promise<Void> over) {
    int at = from;
    while (at < found.size() && (found.get(at).isEmpty() || isFresh(found.get(at).getFirst()))) {
      if (!found.get(at).isEmpty()) {
        handled(found.get(at).getFirst());
      }
      at++;
    }
    if (at == found.size() || stopped) {
      page(feed, over);
      return;
    }
    var seen = found.get(at).getFirst();
    int next = at + 1;
    long beganNanos = trees.world().nanos();
    read(seen)
        .onSuccess(_ -> {
          handled(seen);
          pace(beganNanos, seen.stamp().sizeBytes(), () -> file(feed, found, next, over));
        })
        .onFailure(over::fail);
  }

  /// It was read since this began.
  private boolean isFresh(Seen seen) {
    var record = seen.record();
    return record != null && seen.sha256() != null && !record.verified().isBefore(began);
  }

  private void handled(Seen seen) {
    files++;
    bytes += seen.stamp().sizeBytes();
    var top = source.path().isEmpty() ? 0 : source.path().length() + 1;
    after = seen.path().substring(top);
  }

  /// One file that cannot be read, or is written to meanwhile, is passed over; fails only if its
  /// origin tells nothing at all.
  private Future<Void> read(Seen seen) {
    return trees
        .proving()
        .prove(source.originId(), seen.path(), seen.stamp(), tree.cared().bytesPerSecond())
        .map(record -> {
          readBytes += seen.stamp().sizeBytes();
          rotten += record.rotSha256() == null ? 0 : 1;
          return (Void) null;
        })
        .recover(cause -> {
          var failure = Failure.from(cause);
          if (failure.is(FailureCode.NOT_FOUND) || failure.is(FailureCode.CONFLICT)) {
            unread++;
            return Future.succeededFuture();
          }
          return trees
              .proving()
              .look(source.originId(), seen.path())
              .compose(_ -> trees.proving().requireKept())
              .map(_ -> {
                unread++;
                return null;
              });
        });
  }

  /// The bound holds for many short files as for a long one. Time that was not used is not saved
  /// up.
  private void pace(long beganNanos, long sizeBytes, Runnable next) {
    long rate = tree.cared().bytesPerSecond();
    if (rate > 0) {
      freeAtNanos =
          Math.max(freeAtNanos, beganNanos) + (long) (sizeBytes * NANOS_PER_SECOND / rate);
    }
    var wait = Duration.ofNanos(rate > 0 ? freeAtNanos - trees.world().nanos() : 0);
    if (wait.toMillis() < 1) {
      next.run();
    } else {
      trees.world().after(wait, next);
    }
  }
}
