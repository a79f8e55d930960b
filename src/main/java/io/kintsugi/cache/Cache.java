package io.kintsugi.cache;

import io.kintsugi.cache.Index.Copy;
import io.kintsugi.contract.CacheContract.CacheView;
import io.kintsugi.contract.CacheContract.CopyOpened;
import io.kintsugi.contract.CacheContract.ReadCopy;
import io.kintsugi.contract.CacheContract.StoreCopy;
import io.kintsugi.contract.CacheContract.WantCopy;
import io.kintsugi.contract.CacheContract.Wanted;
import io.kintsugi.contract.Done;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The copies of this node: which there are, which come, which go.
final class Cache {
  private static final Logger LOG = LoggerFactory.getLogger(Cache.class);

  /// Copies that are being made at a time; each may have a window of bytes in memory.
  private static final int MAX_STORING = 16;

  /// A file is told of its use at most so often.
  private static final Duration TELL_PERIOD = Duration.ofMinutes(1);

  private final World world;
  private final CacheConfig config;
  private final Shelf shelf;
  private final WorkerExecutor disk;
  private final Index index;
  private final Set<String> storing = new HashSet<>();
  private long freeBytes;
  private long hits;
  private long misses;
  private long stored;
  private long evicted;
  private long damaged;

  Cache(World world, CacheConfig config, Shelf shelf, WorkerExecutor disk) {
    this.world = world;
    this.config = config;
    this.shelf = shelf;
    this.disk = disk;
    index = new Index(config.limitBytes());
  }

  /// Finds out what lies there.
  Future<Void> start() {
    return onDisk(shelf::tidy)
        .compose(found -> {
          found.forEach(copy ->
              index.add(copy.versionId(), new Copy(copy.fileBytes(), copy.used(), copy.used())));
          return settle();
        })
        .onSuccess(_ ->
            LOG.info(
                "cache mode={} copies={} bytes={} limit={}",
                config.mode().word(),
                index.size(),
                index.bytes(),
                config.limitBytes()));
  }

  /// Never null, whatever the work gives.
  private record Result<T>(T value) {}

  <T> Future<T> onDisk(Callable<T> work) {
    return disk.executeBlocking(() -> new Result<>(work.call()), false)
        .map(result -> Objects.requireNonNull(result).value());
  }

  Shelf shelf() {
    return shelf;
  }

  World world() {
    return world;
  }

  Wanted want(WantCopy question) {
    var version = question.versionId();
    if (!Shelf.isVersionId(version) || question.sizeBytes() < 0) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "not a version: " + version);
    }
    var reason =
        Keep.decide(
            config,
            question.sizeBytes(),
            question.remote(),
            index.has(version) || storing.contains(version),
            storing.size() >= MAX_STORING,
            freeBytes);
    return new Wanted(reason == Keep.Reason.WANTED, reason.word());
  }

  Future<Done> store(StoreCopy question) {
    var version = question.versionId();
    var verdict = want(new WantCopy(version, question.sizeBytes(), true));
    if (!verdict.wanted()) {
      return Future.failedFuture(
          Failure.of(FailureCode.CONFLICT, "no copy is wanted: " + verdict.reason()));
    }
    storing.add(version);
    var source = world.blobs().accept(question.body(), Blobs.OBJECT_WINDOW_BYTES);
    return new Storing(this, version, question.sizeBytes(), source)
        .run()
        .onComplete(_ -> storing.remove(version))
        .compose(_ -> add(version, CopyFile.fileBytes(question.sizeBytes())))
        .map(_ -> new Done());
  }

  private Future<Void> add(String version, long fileBytes) {
    stored++;
    var now = world.clock().instant();
    index.add(version, new Copy(fileBytes, now, now));
    return settle();
  }

  /// What does not fit goes; then the disk is asked for its room.
  private Future<Void> settle() {
    var gone = index.evict();
    evicted += gone.size();
    return onDisk(
            () -> {
              for (var version : gone) {
                shelf.remove(version);
              }
              return shelf.freeBytes();
            })
        .onSuccess(free -> freeBytes = free)
        .mapEmpty();
  }

  Future<CopyOpened> read(ReadCopy question) {
    var version = question.versionId();
    var copy = index.use(version);
    if (copy == null) {
      misses++;
      return Future.failedFuture(
          Failure.of(FailureCode.NOT_FOUND, "there is no copy of " + version, "what", "copy"));
    }
    tell(version, copy);
    return new Serving(this, question)
        .run(copy.stored())
        .onSuccess(_ -> hits++)
        .recover(cause -> Future.failedFuture(lost(version, cause)));
  }

  private void tell(String version, Copy copy) {
    Instant now = world.clock().instant();
    if (Duration.between(copy.told(), now).compareTo(TELL_PERIOD) >= 0) {
      index.told(version, now);
      onDisk(
              () -> {
                shelf.touch(version, now);
                return true;
              })
          .onFailure(cause -> LOG.debug("copy={} not touched", version, cause));
    }
  }

  /// A copy that is not there, or not what was written, is none. One that cannot be read for any
  /// other reason stays: it may be all there is.
  Failure lost(String version, Throwable cause) {
    if (!isGone(cause)) {
      LOG.warn("copy={} not read: {}", version, cause.toString());
      return cause instanceof IOException
          ? Failure.of(FailureCode.UNAVAILABLE, "the copy cannot be read: " + cause.getMessage())
          : Failure.from(cause);
    }
    damaged++;
    index.remove(version);
    LOG.warn("copy={} dropped: {}", version, cause.getMessage());
    onDisk(
            () -> {
              shelf.remove(version);
              return true;
            })
        .onFailure(e -> LOG.warn("copy={} cannot be removed", version, e));
    return Failure.of(FailureCode.CORRUPT, "the copy is damaged: " + cause.getMessage());
  }

  private static boolean isGone(Throwable cause) {
    return cause instanceof CopyFile.Damaged
        || cause instanceof EOFException
        || cause instanceof NoSuchFileException;
  }

  CacheView view() {
    return new CacheView(
        config.mode().word(),
        config.limitBytes(),
        index.bytes(),
        index.size(),
        hits,
        misses,
        stored,
        evicted,
        damaged);
  }
}
