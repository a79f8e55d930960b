package io.kintsugi.journal;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyExtent;
import io.kintsugi.contract.Packed;
import io.kintsugi.format.Names;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.parsetools.RecordParser;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Every shard's name in one leaf of one origin, without reading a byte of them.
final class NameWalk {
  private static final String END_MARK = "\"end\":true";

  /// A shard on an origin.
  ///
  /// @param sizeBytes of a file of its own, also where it lies in a pack
  /// @param packed null: a file of its own
  record Copy(
      String originId,
      String incarnation,
      ShardName name,
      long sizeBytes,
      @Nullable Packed packed) {}

  private final String originId;
  private final String incarnation;
  private final BlobSource source;
  private final List<Copy> copies = new ArrayList<>();
  private final Promise<List<Copy>> promise = Promise.promise();

  private NameWalk(World world, String originId, String incarnation) {
    this.originId = originId;
    this.incarnation = incarnation;
    source = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
  }

  static Future<List<Copy>> of(World world, String originId, String incarnation, String leaf) {
    return new NameWalk(world, originId, incarnation).run(world, leaf);
  }

  private Future<List<Copy>> run(World world, String leaf) {
    RecordParser.newDelimited("\n", source)
        .exceptionHandler(promise::tryFail)
        .endHandler(_ -> promise.tryComplete(copies))
        .handler(this::take);
    world
        .bus()
        .ask(
            OriginContract.VERIFY_EXTENT.at(originId),
            new VerifyExtent(leaf, incarnation, Depth.QUICK, 0, source.ticket()))
        .onFailure(cause -> {
          source.cancel(Failure.from(cause));
          promise.tryFail(cause);
        });
    return promise.future();
  }

  private void take(Buffer line) {
    var text = line.toString(StandardCharsets.UTF_8);
    if (text.isBlank() || text.contains(END_MARK)) {
      return;
    }
    var finding = Json.decode(text, ShardFinding.class);
    name(finding.name())
        .ifPresent(
            name -> copies.add(new Copy(originId, incarnation, name, finding.sizeBytes(), null)));
  }

  private static Optional<ShardName> name(String text) {
    return text.indexOf('/') < 0 ? Names.parseFileName(text) : Names.parse(text);
  }
}
