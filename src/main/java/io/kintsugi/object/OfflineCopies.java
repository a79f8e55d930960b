package io.kintsugi.object;

import io.kintsugi.contract.CacheContract;
import io.kintsugi.contract.CacheContract.CopyOpened;
import io.kintsugi.contract.CacheContract.ReadCopy;
import io.kintsugi.contract.CacheContract.StoreCopy;
import io.kintsugi.contract.CacheContract.WantCopy;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.Location;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies of whole objects for the time when their shards cannot be read: made of what a client
/// reads anyhow, and given out only when nothing better can be had.
final class OfflineCopies {
  private static final Logger LOG = LoggerFactory.getLogger(OfflineCopies.class);

  /// A cache that did not answer is left alone for so long.
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private static final Future<Optional<Tee>> NO_TEE = Future.succeededFuture(Optional.empty());

  private final Workshop shop;
  private boolean off;
  private boolean remoteOnly;
  private Instant askFrom = Instant.EPOCH;

  OfflineCopies(Workshop shop) {
    this.shop = shop;
  }

  /// A client waits no longer than this for the cache; then there is no copy.
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /// Takes what a client is given, and holds the client up a little at most.
  final class Tee {
    private final BlobSink sink = shop.world().blobs().offer();
    private boolean over;

    private Tee(ObjectEntry entry) {
      var question = new StoreCopy(entry.versionId(), entry.info().sizeBytes(), sink.offer());
      shop.world()
          .bus()
          .askWhile(sink, CacheContract.STORE_COPY, question)
          .onFailure(cause -> {
            over = true;
            LOG.debug("version={} no copy kept: {}", entry.versionId(), cause.getMessage());
          });
    }

    void write(List<Buffer> pieces) {
      for (var piece : pieces) {
        if (over) {
          return;
        }
        sink.write(piece);
      }
    }

    /// Goes on when there is room for more, or no copy is made any more.
    void whenTaken(Runnable next) {
      if (over || !sink.writeQueueFull()) {
        next.run();
        return;
      }
      var timer = shop.world().after(PATIENCE, () -> abort("the cache's disk does not follow"));
      sink.drainHandler(_ -> {
        timer.cancel();
        next.run();
      });
    }

    void end() {
      if (!over) {
        over = true;
        sink.end();
      }
    }

    void abort(String why) {
      if (!over) {
        over = true;
        sink.abort(Failure.of(FailureCode.CANCELLED, why));
      }
    }
  }

  /// Nothing where no copy is wanted: of a part of an object none is made.
  Future<Optional<Tee>> tee(ObjectEntry entry, Ranges.Satisfiable range) {
    long sizeBytes = entry.info().sizeBytes();
    if (off || range.offset() != 0 || range.lengthBytes() != sizeBytes) {
      return NO_TEE;
    }
    boolean remote = isRemote(entry);
    if ((remoteOnly && !remote) || shop.world().clock().instant().isBefore(askFrom)) {
      return NO_TEE;
    }
    return shop.world()
        .bus()
        .ask(CacheContract.WANT_COPY, new WantCopy(entry.versionId(), sizeBytes, remote))
        .map(verdict -> {
          off = verdict.reason().equals("off");
          remoteOnly = remoteOnly || verdict.reason().equals("local");
          return verdict.wanted() ? Optional.of(new Tee(entry)) : Optional.<Tee>empty();
        })
        .recover(_ -> {
          askFrom = shop.world().clock().instant().plus(PAUSE);
          return NO_TEE;
        });
  }

  private boolean isRemote(ObjectEntry entry) {
    return entry.segments().stream()
        .flatMap(segment -> segment.locations().stream())
        .map(Location::originId)
        .distinct()
        .map(shop.origins()::find)
        .anyMatch(state -> state != null && !state.kind().equals("local"));
  }

  /// Whether a copy may stand in for shards that failed so.
  static boolean mayReplace(Failure failure) {
    return switch (failure.code()) {
      case UNAVAILABLE, TIMEOUT, CORRUPT -> true;
      default -> false;
    };
  }

  Future<CopyOpened> read(ObjectEntry entry, Ranges.Satisfiable range, BlobTicket into) {
    return shop.world()
        .bus()
        .ask(
            CacheContract.READ_COPY,
            new ReadCopy(entry.versionId(), range.offset(), range.lengthBytes(), into));
  }
}
