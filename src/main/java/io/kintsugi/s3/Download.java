package io.kintsugi.s3;

import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/// The bytes of one answer. Its head goes out with the first of them, so that a read which fails at
/// once still gets an honest error; one that fails later is broken off, never ended as if it were
/// whole.
final class Download {
  private final Exchange exchange;
  private final BlobSource source;
  private final int status;
  private final Map<String, String> headers;
  private final long lengthBytes;
  private long sentBytes;
  private boolean begun;

  Download(
      Exchange exchange,
      BlobSource source,
      int status,
      Map<String, String> headers,
      long lengthBytes) {
    this.exchange = exchange;
    this.source = source;
    this.status = status;
    this.headers = headers;
    this.lengthBytes = lengthBytes;
  }

  void start() {
    // First of all, for a source that has failed already answers as soon as it is asked.
    exchange.response().drainHandler(_ -> drained());
    source.exceptionHandler(exchange::fail);
    source.endHandler(_ -> end());
    source.handler(this::pass);
    source.resume();
  }

  private void begin() {
    if (!begun) {
      begun = true;
      if (exchange.begin(status)) {
        headers.forEach(exchange::header);
        exchange.header("Content-Length", Long.toString(lengthBytes));
      }
    }
  }

  private void pass(Buffer bytes) {
    if (exchange.isGone()) {
      return;
    }
    begin();
    sentBytes += bytes.length();
    if (sentBytes > lengthBytes) {
      breakOff("more bytes came than were announced");
      return;
    }
    exchange.response().write(bytes);
    if (exchange.response().writeQueueFull()) {
      source.pause();
      exchange.activity().theirs();
    }
  }

  private void drained() {
    exchange.activity().ours();
    source.resume();
  }

  private void end() {
    if (exchange.isGone()) {
      return;
    }
    begin();
    if (sentBytes != lengthBytes) {
      breakOff("fewer bytes came than were announced");
      return;
    }
    exchange.activity().theirs();
    exchange.response().end();
  }

  private void breakOff(String why) {
    var failure = Failure.of(FailureCode.INTERNAL_ERROR, why);
    source.cancel(failure);
    exchange.fail(failure);
  }
}
