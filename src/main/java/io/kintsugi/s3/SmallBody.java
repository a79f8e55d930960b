package io.kintsugi.s3;

import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/// A document that is read whole before anything is done with it.
final class SmallBody implements BodyPump.Target {
  private final Buffer all = Buffer.buffer();

  private SmallBody() {}

  /// The body of a request, held against everything that was declared of it.
  ///
  /// @param checksumIsOfBody false where x-amz-checksum-* speaks of something else than the body
  static Future<byte[]> read(
      World world, Requested requested, int bytesMax, boolean checksumIsOfBody) {
    var head = requested.head();
    boolean hasBody =
        head.header("content-length") != null || head.header("transfer-encoding") != null;
    long length = hasBody ? requested.payloadBytes() : 0;
    if (length > bytesMax) {
      throw S3Error.of(ErrorCode.MALFORMED_XML, "The document is larger than any valid one.");
    }
    var body = new SmallBody();
    var checks = requested.checks(length, checksumIsOfBody);
    var pump = new BodyPump(world, requested.exchange(), checks, body);
    requested.exchange().onGone(() -> pump.stop(S3Error.of(ErrorCode.INCOMPLETE_BODY)));
    return pump.run().map(_ -> body.all.getBytes());
  }

  @Override
  public void write(Buffer bytes) {
    all.appendBuffer(bytes);
  }

  @Override
  public boolean isFull() {
    return false;
  }

  @Override
  public boolean hasFailed() {
    return false;
  }

  @Override
  public void onDrain(Runnable task) {
    task.run();
  }
}
