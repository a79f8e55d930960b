package io.kintsugi.origin;

import static io.kintsugi.contract.CatalogTreeContract.SAVE_FILE_ROOT;

import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.GetCluster;
import io.kintsugi.contract.CatalogOriginContract.ListOriginRows;
import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.CatalogTreeContract.FileRoot;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Marker;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.origin.Marking.Known;
import io.kintsugi.origin.Marking.Mark;
import io.kintsugi.origin.Marking.Seen;
import io.kintsugi.origin.Marking.Step;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One look at an origin before it is taken, or spoken to in another way. It changes nothing there.
final class Trial {
  private final World world;
  private final Context context;
  private final Duration timeout;
  private final KeyRing keys;

  Trial(World world, Context context, Duration timeout, KeyRing keys) {
    this.world = world;
    this.context = context;
    this.timeout = timeout;
    this.keys = keys;
  }

  /// Fails with what speaks against it: UNAVAILABLE if it does not answer, CONFLICT if it is not
  /// what it should be.
  Future<Void> of(OriginDefinition definition, Driver driver) {
    if (definition.holdsFiles()) {
      return ofFiles(definition, driver);
    }
    var cluster = world.bus().ask(CatalogOriginContract.GET_CLUSTER, new GetCluster());
    var rows = world.bus().ask(CatalogOriginContract.LIST_ORIGIN_ROWS, new ListOriginRows());
    var threads = new OriginThreads(world, context, definition.id() + "-trial", timeout, 1);
    return Future.all(cluster, rows)
        .compose(_ -> {
          var row =
              rows.result().rows().stream()
                  .filter(one -> one.originId().equals(definition.id()))
                  .findFirst()
                  .orElse(null);
          var known =
              new Known(
                  definition.id(), row, cluster.result().empty(), cluster.result().held() != null);
          var id = cluster.result().clusterId();
          return threads
              .run(
                  () -> Look.take(driver, bytes -> new Seen.Marked(Marker.decode(bytes, id, keys))))
              .recover(cause -> Future.succeededFuture(Look.failed(Failure.from(cause).text())))
              .<Void>map(look -> {
                judge(definition, known, row, look);
                return null;
              });
        })
        .onComplete(_ -> threads.close());
  }

  /// Remembers the root as it is: from now on no other will do.
  private Future<Void> ofFiles(OriginDefinition definition, Driver driver) {
    var threads = new OriginThreads(world, context, definition.id() + "-trial", timeout, 1);
    return threads
        .run(() -> {
          var look = FileLook.take(driver);
          if (look instanceof FileLook.Seen && isMarked(driver)) {
            throw refusal(
                definition,
                FailureCode.CONFLICT,
                "it is an origin for shards",
                "name a folder in which files of yours are");
          }
          return look;
        })
        .compose(look ->
            switch (look) {
              case FileLook.Seen(var identity, _) ->
                  world.bus().ask(SAVE_FILE_ROOT, new FileRoot(definition.id(), identity));
              case FileLook.NoRoot() ->
                  Future.<Done>failedFuture(
                      refusal(
                          definition,
                          FailureCode.CONFLICT,
                          "its folder is not there",
                          "make or mount it first"));
              case FileLook.Failed(var why) -> Future.<Done>failedFuture(silent(definition, why));
              case FileLook.Starved(var why) -> Future.<Done>failedFuture(silent(definition, why));
            })
        .<Void>mapEmpty()
        .recover(cause -> Future.failedFuture(Failures.of(definition.id(), cause)))
        .onComplete(_ -> threads.close());
  }

  private static boolean isMarked(Driver driver) throws DriverException {
    try {
      return driver.readSmall(Marker.FILE_NAME, 1).length > 0;
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return false;
      }
      throw e;
    }
  }

  private static Failure silent(OriginDefinition definition, String why) {
    return refusal(
        definition,
        FailureCode.UNAVAILABLE,
        why,
        "see that it answers, and that the credentials are right");
  }

  private static void judge(
      OriginDefinition definition, Known known, @Nullable OriginRow row, Look look) {
    if (known.held()) {
      throw Failure.of(FailureCode.UNAVAILABLE, "the catalog is not in use now");
    }
    boolean missing = look.seen() instanceof Seen.NoRoot;
    if (missing && !isMadeByUs(definition.kind())) {
      throw refusal(
          definition, FailureCode.CONFLICT, "its folder is not there", "make or mount it first");
    }
    var step = Marking.next(known, look.seen());
    if (step instanceof Step.Stand(var mark, var reason) && mark != Mark.OURS) {
      throw refusal(
          definition,
          mark == Mark.UNREADABLE ? FailureCode.UNAVAILABLE : FailureCode.CONFLICT,
          reason == null ? mark.word() : reason,
          mark == Mark.UNREADABLE
              ? "see that it answers, and that the credentials are right"
              : "give it an empty place of its own");
    }
    if (row == null && !missing && !look.writable()) {
      throw refusal(
          definition, FailureCode.CONFLICT, "it takes no writes", "let this node write there");
    }
  }

  /// Whether the folder may be missing: below a mount it would be made beside what is not mounted.
  /// In a bucket nobody else could make one.
  private static boolean isMadeByUs(String kind) {
    return kind.equals("local") || kind.equals("s3");
  }

  private static Failure refusal(
      OriginDefinition definition, FailureCode code, String reason, String hint) {
    return new Failure(
        code,
        "origin " + definition.id() + " at " + Kinds.place(definition) + ": " + reason,
        Map.of("what", "origin", "hint", hint));
  }
}
