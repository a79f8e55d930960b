package io.kintsugi.s3;

import io.kintsugi.contract.ObjectContract;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// Takes bytes in: objects and parts. The stream to the storage is ended only when everything that
/// the client declared has been verified; until then nothing can become visible.
final class StoreHandlers {
  /// What clients call a version, where its bucket keeps versions or once did.
  static final String VERSION_ID = "x-amz-version-id";

  private record ToSink(BlobSink sink) implements BodyPump.Target {
    @Override
    public void write(Buffer bytes) {
      // A write that fails has failed the stream, which is what the asker hears of.
      sink.write(bytes);
    }

    @Override
    public boolean isFull() {
      return sink.writeQueueFull();
    }

    @Override
    public void onDrain(Runnable task) {
      sink.drainHandler(_ -> task.run());
    }

    @Override
    public boolean hasFailed() {
      return sink.done().failed();
    }
  }

  private final World world;

  StoreHandlers(World world) {
    this.world = world;
  }

  Future<Void> putObject(Requested requested, Operation.PutObject put) {
    var head = requested.head();
    ObjectHeaders.refuseUnkept(head);
    long size = requested.payloadBytes();
    var info = ObjectHeaders.info(head, size, world.clock().instant());
    return store(
            requested,
            size,
            sink ->
                world
                    .bus()
                    .askWhile(
                        sink,
                        ObjectContract.PUT_OBJECT,
                        new ObjectContract.PutObject(
                            put.bucket(),
                            put.key(),
                            size,
                            info.contentType(),
                            info.headers(),
                            info.metadata(),
                            Preconditions.ofTarget(head),
                            sink.offer()))
                    .map(stored -> {
                      requested.exchange().announce(VERSION_ID, stored.publicId());
                      return stored.info().etag();
                    }))
        .mapEmpty();
  }

  Future<Void> uploadPart(Requested requested, Operation.UploadPart put) {
    long size = requested.payloadBytes();
    return store(
            requested,
            size,
            sink ->
                world
                    .bus()
                    .askWhile(
                        sink,
                        ObjectContract.PUT_PART,
                        new ObjectContract.PutPart(
                            put.bucket(),
                            put.key(),
                            put.uploadId(),
                            put.number(),
                            size,
                            sink.offer()))
                    .map(ObjectContract.PartStored::etag))
        .mapEmpty();
  }

  /// @param ask sends the question and gives the ETag of what was stored
  Future<Void> store(Requested requested, long sizeBytes, Function<BlobSink, Future<String>> ask) {
    var exchange = requested.exchange();
    var checks = requested.checks(sizeBytes, true);
    var sink = world.blobs().offer();
    var pump = new BodyPump(world, exchange, checks, new ToSink(sink));
    exchange.onGone(() -> pump.stop(Failure.of(FailureCode.CANCELLED, "the client went away")));
    var stored = ask.apply(sink);
    stored.onFailure(pump::stop);
    var body = pump.run();
    body.onSuccess(_ -> sink.end()).onFailure(cause -> sink.abort(reason(cause)));
    // The body's own failure comes first: the storage's would only repeat it.
    return body.compose(
        verified -> stored.onSuccess(etag -> answer(exchange, etag, verified)).mapEmpty());
  }

  private static Failure reason(Throwable cause) {
    return cause instanceof S3Error error
        ? Failure.of(FailureCode.CANCELLED, "the body was refused: " + error.code().word())
        : Failure.from(cause);
  }

  private static void answer(Exchange exchange, String etag, Map<String, String> verified) {
    var headers = new HashMap<>(verified);
    headers.put("ETag", ObjectHeaders.quoted(etag));
    exchange.answer(200, headers);
  }
}
