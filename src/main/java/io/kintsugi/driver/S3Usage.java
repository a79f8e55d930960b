package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Space;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How much of its quota a bucket has used: counted now and then by listing it, and what this
/// process wrote since. No server tells it.
final class S3Usage {
  private static final Logger LOG = LoggerFactory.getLogger(S3Usage.class);
  private static final Duration COUNTED_EVERY = Duration.ofHours(1);

  /// What a bucket without a quota is said to hold: a pebibyte.
  private static final long UNLIMITED_BYTES = 1L << 50;

  private final S3Place place;
  private final AtomicBoolean counting = new AtomicBoolean();
  private final AtomicLong writtenBytes = new AtomicLong();
  private volatile long countedBytes;
  private volatile long countedNanos;
  private volatile boolean counted;
  private volatile boolean closed;

  S3Usage(S3Place place) {
    this.place = place;
  }

  Space space() throws DriverException {
    place.requireOpen("");
    long quota = place.settings().quotaBytes();
    if (quota == 0) {
      return new Space(UNLIMITED_BYTES, UNLIMITED_BYTES, -1);
    }
    boolean due = !counted || System.nanoTime() - countedNanos > COUNTED_EVERY.toNanos();
    if (due && !closed && counting.compareAndSet(false, true)) {
      count();
    }
    return new Space(quota, Math.max(0, quota - countedBytes - writtenBytes.get()), -1);
  }

  private void count() {
    long before = writtenBytes.get();
    count(null, 0)
        .onSuccess(bytes -> {
          countedBytes = bytes;
          writtenBytes.addAndGet(-before);
          countedNanos = System.nanoTime();
          counted = true;
        })
        .onFailure(cause -> LOG.debug("bucket={} not counted", place.settings().bucket(), cause))
        .onComplete(_ -> counting.set(false));
  }

  private Future<Long> count(@Nullable String token, long bytes) {
    if (closed) {
      return Future.failedFuture("the driver is closed");
    }
    var first =
        S3Request.of(HttpMethod.GET, "")
            .with("list-type", "2")
            .with("encoding-type", "url")
            .with("prefix", place.settings().prefix());
    return place
        .client()
        .send(token == null ? first : first.with("continuation-token", token))
        .compose(answer -> {
          if (!answer.isDone()) {
            return Future.failedFuture("the server answers " + answer.status());
          }
          try {
            var found = S3Xml.listing(answer.body());
            long sum = bytes + found.items().stream().mapToLong(S3Xml.Item::sizeBytes).sum();
            return found.token() == null ? Future.succeededFuture(sum) : count(found.token(), sum);
          } catch (IOException e) {
            return Future.failedFuture(e);
          }
        });
  }

  void landed(long bytes) {
    writtenBytes.addAndGet(bytes);
  }

  void close() {
    closed = true;
  }
}
