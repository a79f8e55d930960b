package io.kintsugi.journal;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.format.Footer;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Manifest;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.journal.NameWalk.Copy;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.Optional;

/// Reads what a shard says of itself, once every one of its blocks was found sound.
final class FooterReading {
  /// A sound shard.
  record Sound(Copy copy, Manifest manifest, int footerBytes, String footerSha256) {}

  private final World world;
  private final KeyRing keys;

  FooterReading(World world, KeyRing keys) {
    this.world = world;
    this.keys = keys;
  }

  /// Empty if it is unfinished, damaged, not ours, or cannot be read now.
  Future<Optional<Sound>> read(Copy copy) {
    return world
        .bus()
        .ask(
            OriginContract.VERIFY_SHARD.at(copy.originId()),
            new VerifyShard(copy.name().path(), copy.incarnation(), Depth.DEEP, copy.packed()))
        .compose(finding ->
            finding.evidence() == Evidence.HEALTHY
                ? tail(copy).map(tail -> sound(copy, tail))
                : Future.succeededFuture(Optional.<Sound>empty()))
        .otherwise(_ -> Optional.empty());
  }

  private Future<Buffer> tail(Copy copy) {
    long length = Math.min(copy.sizeBytes(), Footer.MAX_BYTES);
    var source = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
    Promise<Buffer> promise = Promise.promise();
    var all = Buffer.buffer();
    source.exceptionHandler(promise::tryFail);
    source.endHandler(_ -> promise.tryComplete(all));
    source.handler(all::appendBuffer);
    world
        .bus()
        .ask(
            OriginContract.READ_SHARD.at(copy.originId()),
            new ReadShard(
                copy.name().path(),
                copy.incarnation(),
                copy.sizeBytes() - length,
                length,
                source.ticket(),
                copy.packed(),
                false))
        .onFailure(cause -> {
          source.cancel(Failure.from(cause));
          promise.tryFail(cause);
        });
    return promise.future();
  }

  private Optional<Sound> sound(Copy copy, Buffer tail) {
    var bytes = tail.getBytes();
    if (bytes.length < Footer.TRAILER_BYTES) {
      return Optional.empty();
    }
    int length =
        Footer.lengthByTrailer(
            Arrays.copyOfRange(bytes, bytes.length - Footer.TRAILER_BYTES, bytes.length));
    if (length < 0 || length > bytes.length) {
      return Optional.empty();
    }
    var footer = Arrays.copyOfRange(bytes, bytes.length - length, bytes.length);
    return Footer.decode(footer, keys) instanceof Footer.Decoded.Ok(var manifest)
        ? Optional.of(new Sound(copy, manifest, length, ShardDigest.ofFooter(footer)))
        : Optional.empty();
  }
}
