package io.kintsugi.origin;

import io.kintsugi.contract.OriginMirrorContract;
import io.kintsugi.contract.OriginMirrorContract.FileRefreshed;
import io.kintsugi.contract.OriginMirrorContract.RefreshFile;
import io.kintsugi.contract.OriginMirrorContract.RefreshLine;
import io.kintsugi.contract.OriginMirrorContract.Replaced;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.parsetools.RecordParser;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One who wants copies to be equal, played over the bus.
final class Mirrors {
  private final House house;

  /// The phases of what was asked for last, in their order.
  final List<String> phases = new CopyOnWriteArrayList<>();

  /// What may be replaced; null: whatever is there.
  volatile @Nullable Replaced replaced;

  /// The work is called off where it comes to this.
  volatile String stopAt = "";

  Mirrors(House house) {
    this.house = house;
  }

  FileRefreshed refresh(String to, String from, String path) throws Exception {
    return refresh(to, from, path, Trust.RECIPES);
  }

  FileRefreshed refresh(String to, String from, String path, Trust trust) throws Exception {
    phases.clear();
    var done = Promise.<FileRefreshed>promise();
    house.on(() -> {
      begin(to, from, path, trust).onComplete(done);
      return Future.succeededFuture();
    });
    try {
      return done.future().toCompletionStage().toCompletableFuture().get(10, TimeUnit.MINUTES);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /// Must run on the context of the house.
  Future<FileRefreshed> begin(String to, String from, String path, Trust trust) {
    var source = house.world().blobs().await(Blobs.SHARD_WINDOW_BYTES);
    Promise<FileRefreshed> done = Promise.promise();
    RecordParser.newDelimited("\n", source)
        .exceptionHandler(done::tryFail)
        .endHandler(_ -> done.tryFail(new AssertionError("it ended without a result")))
        .handler(line -> take(source, line.toString(StandardCharsets.UTF_8), done));
    house
        .world()
        .bus()
        .ask(
            OriginMirrorContract.REFRESH_FILE.at(to),
            new RefreshFile(path, from, null, null, trust, replaced, 0, source.ticket()))
        .onFailure(cause -> {
          source.cancel(Failure.from(cause));
          done.tryFail(cause);
        });
    return done.future();
  }

  private void take(BlobSource source, String text, Promise<FileRefreshed> done) {
    var line = Json.decode(text, RefreshLine.class);
    phases.add(line.phase());
    if (line.phase().equals(stopAt)) {
      var reason = Failure.of(FailureCode.CANCELLED, "called off");
      source.cancel(reason);
      done.tryFail(reason);
    } else if (line.result() != null) {
      done.tryComplete(line.result());
    }
  }
}
