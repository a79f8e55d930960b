package io.kintsugi.tree;

import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One stream of bytes on its way into several drafts, hashed as it passes. It goes as fast as the
/// slowest of them takes it; one that takes nothing for a while is left out if enough others do.
final class Fan {
  private static final Logger LOG = LoggerFactory.getLogger(Fan.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration STALL_MAX = Duration.ofSeconds(10);

  /// Less than this is hashed faster than it is handed over.
  private static final int INLINE_BYTES_MAX = 16 * 1024;

  /// What has come of it.
  ///
  /// @param sealed drafts that hold every byte, flushed
  /// @param failed origins that were left out, and why
  record Filled(String sha256, List<Draft> sealed, Map<String, String> failed) {}

  private final World world;
  private final BlobSource from;
  private final long sizeBytes;
  private final int need;
  private final List<Draft> live;
  private final Map<String, String> failed = new LinkedHashMap<>();
  private final Map<Draft, Long> stalledSince = new HashMap<>();
  private final MessageDigest digest;
  private final Promise<Filled> done = Promise.promise();
  private World.Timer looking = () -> false;
  private long passedBytes;
  private boolean hashing;
  private boolean ended;

  /// @param need so many origins at least must get everything
  Fan(World world, BlobSource from, long sizeBytes, List<Draft> drafts, int need) {
    this.world = world;
    this.from = from;
    this.sizeBytes = sizeBytes;
    this.need = need;
    live = new ArrayList<>(drafts);
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// Fails, and discards all drafts, if too few of them get everything.
  Future<Filled> run() {
    looking = world.every(LOOK, this::look);
    for (var draft : List.copyOf(live)) {
      draft.sink().done().onFailure(cause -> drop(draft, Failure.from(cause)));
    }
    from.exceptionHandler(cause -> fail(Failure.from(cause)));
    from.endHandler(_ -> {
      ended = true;
      if (!hashing) {
        seal();
      }
    });
    from.handler(this::arrived);
    from.fetch(1);
    return done.future().onComplete(_ -> looking.cancel());
  }

  private boolean isOver() {
    return done.future().isComplete();
  }

  private void arrived(Buffer bytes) {
    if (isOver()) {
      return;
    }
    passedBytes += bytes.length();
    if (passedBytes > sizeBytes) {
      fail(Failure.of(FailureCode.INVALID_REQUEST, "more bytes came than were announced"));
      return;
    }
    for (var draft : List.copyOf(live)) {
      draft.sink().write(bytes).onFailure(cause -> drop(draft, Failure.from(cause)));
    }
    if (bytes.length() <= INLINE_BYTES_MAX) {
      digest.update(Bytes.view(bytes));
      next();
      return;
    }
    hashing = true;
    world
        .compute(() -> {
          digest.update(Bytes.view(bytes));
          return true;
        })
        .onFailure(cause -> fail(Failure.from(cause)))
        .onSuccess(_ -> {
          hashing = false;
          if (ended) {
            seal();
          } else {
            next();
          }
        });
  }

  /// Takes more as soon as every draft has room.
  private void next() {
    if (isOver() || ended || hashing) {
      return;
    }
    for (var draft : live) {
      if (draft.sink().writeQueueFull()) {
        stalledSince.putIfAbsent(draft, world.nanos());
        draft
            .sink()
            .drainHandler(_ -> {
              stalledSince.remove(draft);
              next();
            });
        return;
      }
    }
    stalledSince.clear();
    from.fetch(1);
  }

  /// One that takes nothing holds all others up.
  private void look() {
    for (var draft : List.copyOf(live)) {
      var since = stalledSince.get(draft);
      if (since != null
          && Draft.origins(live) > need
          && world.nanos() - since > STALL_MAX.toNanos()
          && draft.sink().writeQueueFull()) {
        drop(draft, Failure.of(FailureCode.TIMEOUT, "it took nothing for 10 s"));
      }
    }
  }

  private void drop(Draft draft, Failure why) {
    if (isOver() || !live.remove(draft)) {
      return;
    }
    stalledSince.remove(draft);
    failed.put(draft.originId(), why.text());
    LOG.info(
        "write goes on without origin={} path={} reason={}",
        draft.originId(),
        draft.path(),
        why.text());
    draft.discard(why);
    if (Draft.origins(live) < need) {
      fail(tooFew(why));
    } else if (!ended) {
      next();
    }
  }

  /// No room anywhere is told apart from nobody being there.
  private Failure tooFew(Failure last) {
    var details = new LinkedHashMap<>(failed);
    details.put("what", "origins");
    return new Failure(
        last.is(FailureCode.STORAGE_ERROR) ? FailureCode.STORAGE_ERROR : FailureCode.UNAVAILABLE,
        "too few origins could take it: " + Writer.said(failed),
        details);
  }

  private void seal() {
    if (isOver()) {
      return;
    }
    if (passedBytes != sizeBytes) {
      fail(Failure.of(FailureCode.INVALID_REQUEST, "fewer bytes came than were announced"));
      return;
    }
    var sealing = new ArrayList<Future<@Nullable Draft>>();
    for (var draft : List.copyOf(live)) {
      draft.sink().end();
      sealing.add(
          draft
              .seal()
              .<@Nullable Draft>map(_ -> draft)
              .recover(cause -> {
                drop(draft, Failure.from(cause));
                return Future.succeededFuture(null);
              }));
    }
    Future.all(sealing)
        .onSuccess(_ -> {
          if (!isOver()) {
            var hash = HexFormat.of().formatHex(digest.digest());
            done.complete(new Filled(hash, List.copyOf(live), failed));
          }
        });
  }

  /// Nothing of it stays anywhere.
  void stop(Failure why) {
    fail(why);
  }

  private void fail(Failure why) {
    if (done.tryFail(why)) {
      live.forEach(draft -> draft.discard(why));
      from.cancel(why);
    }
  }
}
