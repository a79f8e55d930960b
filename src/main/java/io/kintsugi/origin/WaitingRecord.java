package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.Packed;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.Payload;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/// A record on its way into a pack, and what becomes of it.
final class WaitingRecord {
  private final String incarnation;
  private final Payload bytes;
  private final Promise<RecordWritten> written = Promise.promise();
  private boolean again;

  WaitingRecord(String incarnation, Payload bytes) {
    this.incarnation = incarnation;
    this.bytes = bytes;
  }

  /// Of the origin, as the asker knows it.
  String incarnation() {
    return incarnation;
  }

  Payload bytes() {
    return bytes;
  }

  int sizeBytes() {
    return bytes.sizeBytes();
  }

  Future<RecordWritten> written() {
    return written.future();
  }

  /// Whether it may be written once more, after a pack that failed; true only once.
  boolean tryAgain() {
    boolean first = !again;
    again = true;
    return first;
  }

  void succeed(Packed place) {
    written.complete(new RecordWritten(place, null, null));
  }

  void fail(Failure failure) {
    written.complete(failed(failure));
  }

  static RecordWritten failed(Failure failure) {
    return new RecordWritten(null, failure.code().name(), failure.text());
  }
}
