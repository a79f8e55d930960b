package io.kintsugi.tree;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.contract.OriginMirrorContract;
import io.kintsugi.contract.OriginMirrorContract.FileRefreshed;
import io.kintsugi.contract.OriginMirrorContract.RefreshFile;
import io.kintsugi.contract.OriginMirrorContract.RefreshLine;
import io.kintsugi.contract.OriginMirrorContract.Replaced;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.parsetools.RecordParser;
import org.jspecify.annotations.Nullable;

/// Has copies made equal to others, one at a time on each origin.
final class Refresh {
  /// What is to be made equal to what.
  ///
  /// @param path of the copy on its origin
  /// @param over what lies there and gives way; null: nothing may lie there
  /// @param keep what gives way is kept aside
  /// @param from the copy that is right, as it was when it was judged so
  record Order(
      Source source, String path, @Nullable Seen over, boolean keep, Seen from, Trust trust) {
    Order trusting(Trust other) {
      return new Order(source, path, over, keep, from, other);
    }
  }

  private final World world;
  private final Lanes lanes = new Lanes();

  Refresh(World world) {
    this.world = world;
  }

  Future<FileRefreshed> run(Order order, long bytesPerSecond) {
    return lanes.run(order.source().originId(), () -> begin(order, bytesPerSecond));
  }

  private Future<FileRefreshed> begin(Order order, long bytesPerSecond) {
    var lines = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
    Promise<FileRefreshed> done = Promise.promise();
    RecordParser.newDelimited("\n", lines)
        .exceptionHandler(done::tryFail)
        .endHandler(
            _ -> done.tryFail(Failure.of(FailureCode.UNAVAILABLE, "it ended without a word")))
        .handler(line -> take(line.toString(UTF_8), done));
    var over = order.over();
    world
        .bus()
        .ask(
            OriginMirrorContract.REFRESH_FILE.at(order.source().originId()),
            new RefreshFile(
                order.path(),
                order.from().source().originId(),
                order.from().path(),
                order.from().stamp(),
                order.trust(),
                new Replaced(
                    over == null ? null : over.stamp(), order.source().path(), order.keep()),
                bytesPerSecond,
                lines.ticket()))
        .onFailure(cause -> refused(lines, done, Failure.from(cause)));
    return done.future();
  }

  private static void refused(BlobSource lines, Promise<FileRefreshed> done, Failure failure) {
    lines.cancel(failure);
    done.tryFail(failure);
  }

  private static void take(String text, Promise<FileRefreshed> done) {
    var result = Json.decode(text, RefreshLine.class).result();
    if (result != null) {
      done.tryComplete(result);
    }
  }
}
