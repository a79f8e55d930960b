package io.kintsugi.scan;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ExtentEnd;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyExtent;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.kintsugi.scan.Judgement.OriginLook;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.parsetools.RecordParser;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has one leaf of one origin looked at, and gathers the findings as they stream in.
final class ExtentReader {
  private static final Logger LOG = LoggerFactory.getLogger(ExtentReader.class);

  /// Only the last line of a look has this field.
  private static final String END_MARK = "\"end\":true";

  private final World world;
  private final String scanId;
  private final OriginRef origin;
  private final BlobSource source;
  private final Map<String, ShardFinding> findings = new HashMap<>();
  private final Promise<OriginLook> promise = Promise.promise();
  private boolean trusted;
  private long readBytes;

  ExtentReader(World world, String scanId, OriginRef origin) {
    this.world = world;
    this.scanId = scanId;
    this.origin = origin;
    source = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
  }

  /// Looks. It never fails: a look that does not come to its end is one that cannot be trusted.
  Future<OriginLook> read(String leaf, Depth depth, long bytesPerSecond) {
    // Handlers stand before the question: the bytes may be quicker than the answer.
    RecordParser.newDelimited("\n", source)
        .exceptionHandler(this::broken)
        .endHandler(_ -> finish())
        .handler(this::take);
    world
        .bus()
        .ask(
            OriginContract.VERIFY_EXTENT.at(origin.originId()),
            new VerifyExtent(leaf, origin.incarnation(), depth, bytesPerSecond, source.ticket()))
        .onFailure(cause -> {
          source.cancel(Failure.from(cause));
          broken(cause);
        });
    return promise.future();
  }

  long readBytes() {
    return readBytes;
  }

  int names() {
    return findings.size();
  }

  void cancel() {
    source.cancel(Failure.of(FailureCode.CANCELLED, "the look was called off"));
    finish();
  }

  private void take(Buffer line) {
    var text = line.toString(StandardCharsets.UTF_8);
    if (text.isBlank()) {
      return;
    }
    try {
      if (text.contains(END_MARK)) {
        trusted = Json.decode(text, ExtentEnd.class).markerVerified();
      } else {
        var finding = Json.decode(text, ShardFinding.class);
        readBytes += finding.readBytes();
        findings.put(finding.name(), finding);
      }
    } catch (IllegalArgumentException e) {
      source.cancel(Failure.of(FailureCode.INTERNAL_ERROR, "an unreadable finding"));
      broken(e);
    }
  }

  private void broken(Throwable cause) {
    trusted = false;
    LOG.atWarn()
        .addKeyValue("task", scanId)
        .addKeyValue("code", Failure.from(cause).code())
        .log("look broke off origin={}: {}", origin.originId(), Failure.from(cause).text());
    finish();
  }

  private void finish() {
    promise.tryComplete(new OriginLook(trusted, findings));
  }
}
