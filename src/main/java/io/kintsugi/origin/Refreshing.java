package io.kintsugi.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.contract.OriginMirrorContract.FileRefreshed;
import io.kintsugi.contract.OriginMirrorContract.Outcome;
import io.kintsugi.contract.OriginMirrorContract.RefreshFile;
import io.kintsugi.contract.OriginMirrorContract.RefreshLine;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.kintsugi.mirror.Plan;
import io.kintsugi.mirror.Plan.Piece;
import io.kintsugi.mirror.Plan.Why;
import io.kintsugi.mirror.Recipe;
import io.kintsugi.mirror.RecipeRecord;
import io.kintsugi.mirror.Stamp;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One copy of a file on its way to being equal to another: what both hold is found out by their
/// recipes, what the old copy lacks is brought, and the rest its origin copies by itself.
///
/// If the process dies, the old copy is whole, or the new one.
final class Refreshing {
  private static final Logger LOG = LoggerFactory.getLogger(Refreshing.class);
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(2);

  /// An old copy so many times as long as the new one is not worth reading.
  private static final int LONGER_BY = 2;

  private final FilePlace place;
  private final RefreshFile question;
  private final BlobSink sink;
  private final Bill bill = new Bill();
  private RefreshLine line = new RefreshLine("looking", 0, 0, null);
  private World.Timer life = () -> false;
  private boolean gone;
  private @Nullable Stamp old;
  private @Nullable CutAsking asking;
  private @Nullable NewCopy making;

  Refreshing(FilePlace place, RefreshFile question, BlobSink sink) {
    this.place = place;
    this.question = question;
    this.sink = sink;
  }

  /// Done when all is over, whatever came of it; that is said on the stream.
  Future<Void> run() {
    sink.done().onComplete(done -> stop(done.failed() ? Failure.from(done.cause()) : null));
    life = place.world().every(SIGN_OF_LIFE, this::tell);
    tell();
    return work()
        .onSuccess(result -> {
          line = new RefreshLine("done", result.sizeBytes(), result.sizeBytes(), result);
          tell();
          sink.end();
          LOG.info(
              "origin={} path={} refreshed from={} outcome={} reason={} sizeBytes={} movedBytes={}",
              place.id(),
              question.path(),
              question.fromOriginId(),
              result.outcome(),
              result.reason(),
              result.sizeBytes(),
              result.movedBytes());
        })
        .onFailure(cause -> sink.abort(place.fail(Operation.WRITE, cause)))
        .transform(_ -> {
          life.cancel();
          return Future.succeededFuture();
        });
  }

  private void stop(@Nullable Failure reason) {
    gone = true;
    life.cancel();
    if (reason != null && asking != null) {
      asking.cancel(reason);
    }
    if (reason != null && making != null) {
      making.cancel(reason);
    }
  }

  private void tell() {
    if (!gone && !sink.writeQueueFull()) {
      sink.write(Buffer.buffer((Json.text(line) + "\n").getBytes(UTF_8)))
          .onFailure(_ -> gone = true);
    }
  }

  private void at(String phase, long doneBytes, long totalBytes) {
    boolean next = !phase.equals(line.phase());
    line = new RefreshLine(phase, doneBytes, totalBytes, null);
    if (next) {
      tell();
    }
  }

  private Future<FileRefreshed> work() {
    return place
        .open(this::look, _ -> {})
        .compose(this::askSource)
        .compose(told ->
            place
                .run(() -> place.driver().copying())
                .compose(copying -> decide(told, copying))
                .compose(plan -> make(told, plan)));
  }

  /// What is known of the old copy without reading it; null if nothing is.
  private RecipeShelf.Found look() throws DriverException {
    try {
      var stamp = FileCuts.stampOf(place, question.path());
      require(stamp);
      return question.trust() == Trust.RECIPES
          ? RecipeShelf.find(place.driver(), question.path(), stamp)
          : RecipeShelf.Found.NOTHING;
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        require(null);
        return RecipeShelf.Found.NOTHING;
      }
      throw e;
    }
  }

  /// What is there must be what was judged, if anything was.
  private void require(@Nullable Stamp stamp) {
    var judged = question.replaced();
    if (judged != null) {
      var meant = judged.stamp();
      if (!Objects.equals(meant == null ? null : PlainFiles.stamp(meant), stamp)) {
        throw FileStat.changed(place, question.path());
      }
    }
    old = stamp;
  }

  /// What is wanted, and what is there, as far as it is known.
  private record Told(RecipeRecord wanted, @Nullable Recipe kept) {}

  private Future<Told> askSource(RecipeShelf.Found found) {
    at("reading the source", 0, 0);
    bill.recipeBytes += found.readBytes();
    var kept = found.recipe() == null ? null : found.recipe().recipe();
    var path = question.fromPath() == null ? question.path() : question.fromPath();
    var cut =
        CutAsking.at(
            place.world(),
            question.fromOriginId(),
            path,
            kept == null ? null : kept.sizes().normalBytes(),
            question.trust() == Trust.NOTHING,
            question.bytesPerSecond());
    asking = cut;
    return cut.told()
        .map(told -> {
          var meant = question.fromStamp();
          if (meant != null && !PlainFiles.stamp(meant).equals(told.record().stamp())) {
            throw Failure.of(
                FailureCode.CONFLICT,
                "origin " + question.fromOriginId() + " has another file there: " + path,
                "what",
                "file-changed");
          }
          bill.sourceReadBytes += told.told().readBytes();
          bill.sourceKnown = told.told().readBytes() == 0;
          bill.recipeBytes += told.told().recipeBytes();
          return new Told(told.record(), kept);
        });
  }

  private Future<Plan> decide(Told told, Driver.Copying copying) {
    var limits =
        copying instanceof Driver.Copying.Within(var least, var most)
            ? new Plan.Limits(least, most)
            : null;
    var wanted = told.wanted().recipe();
    var kept = told.kept();
    var there = old;
    if (there == null) {
      return Future.succeededFuture(new Plan.Whole(Why.NOTHING_THERE));
    }
    if (kept != null && kept.sizes().equals(wanted.sizes())) {
      bill.targetKnown = true;
      return place.world().compute(() -> Plan.of(wanted, kept, limits));
    }
    var pointless = pointless(there, wanted, limits);
    if (pointless != null) {
      return Future.succeededFuture(new Plan.Whole(pointless));
    }
    return cutOld(wanted)
        .compose(recipe -> place.world().compute(() -> Plan.of(wanted, recipe, limits)));
  }

  /// Why the old copy is not worth reading; null if it is. One of equal length may be equal.
  private static @Nullable Why pointless(Stamp there, Recipe wanted, Plan.@Nullable Limits limits) {
    if (there.sizeBytes() == wanted.sizeBytes()) {
      return null;
    }
    if (wanted.sizeBytes() < Plan.SHORT_BYTES) {
      return Why.SHORT;
    }
    if (limits == null) {
      return Why.NO_COPYING;
    }
    return there.sizeBytes() / LONGER_BY > wanted.sizeBytes() ? Why.LITTLE_IN_COMMON : null;
  }

  private Future<Recipe> cutOld(Recipe wanted) {
    long size = old == null ? 0 : old.sizeBytes();
    var wish = new FileCuts.Wish(question.path(), wanted.sizes(), true, question.bytesPerSecond());
    var ear = new FileCuts.Ear(done -> at("reading the old copy", done, size), () -> gone);
    return FileCuts.of(place, wish, ear)
        .map(cut -> {
          bill.targetReadBytes += cut.readBytes();
          bill.recipeBytes += cut.recipeBytes();
          require(cut.record().stamp());
          return cut.record().recipe();
        });
  }

  private Future<FileRefreshed> make(Told told, Plan plan) {
    return switch (plan) {
      case Plan.Same _ -> Future.succeededFuture(bill.result(Outcome.SAME, null, told.wanted(), 0));
      case Plan.Whole(var why) -> keepOld().compose(_ -> whole(told, why));
      case Plan.Pieced pieced ->
          keepOld()
              .compose(_ -> attempt(told, pieced.pieces(), true))
              .map(_ -> bill.result(Outcome.PIECED, null, told.wanted(), pieced.pieces().size()))
              .recover(cause -> {
                var why = another(cause);
                return why == null ? Future.failedFuture(cause) : again(told, why);
              });
    };
  }

  private Future<Void> keepOld() {
    var judged = question.replaced();
    var stamp = old;
    if (judged == null || !judged.keep() || stamp == null) {
      return Future.succeededFuture();
    }
    at("keeping the old copy", 0, stamp.sizeBytes());
    return new KeptAside(place, question.path(), stamp, () -> gone)
        .keep()
        .onSuccess(name -> bill.keptAs = name)
        .mapEmpty();
  }

  /// Why all of it is brought after the attempt to use the old copy failed; null if that would not
  /// help.
  private static @Nullable Why another(Throwable cause) {
    if (Failures.fault(cause) instanceof Fault.Io) {
      return Why.NO_COPYING;
    }
    var failure = Failure.from(cause);
    boolean read = ReadBack.WHAT.equals(failure.detail("what"));
    return read && failure.is(FailureCode.CORRUPT) ? Why.WRONG_WHEN_READ : null;
  }

  private Future<FileRefreshed> again(Told told, Why why) {
    LOG.warn("origin={} path={} is brought whole because={}", place.id(), question.path(), why);
    return place
        .run(() -> {
          RecipeShelf.forget(place.driver(), question.path());
          return true;
        })
        .compose(_ -> whole(told, why));
  }

  private Future<FileRefreshed> whole(Told told, Why why) {
    long size = told.wanted().recipe().sizeBytes();
    List<Piece> pieces = size == 0 ? List.of() : List.of(new Piece.Fresh(0, 0, size));
    return attempt(told, pieces, false)
        .map(_ ->
            bill.result(
                Outcome.WHOLE,
                why.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                told.wanted(),
                pieces.size()));
  }

  private Future<Void> attempt(Told told, List<Piece> pieces, boolean fromOld) {
    if (gone) {
      return Future.failedFuture(Failure.of(FailureCode.CANCELLED, "nobody wants it any more"));
    }
    long size = told.wanted().recipe().sizeBytes();
    var ear = new Assembly.Ear(done -> at("writing", done, size), () -> gone);
    var copy =
        new NewCopy(
            place,
            question,
            new Assembly.Source(question.fromOriginId(), told.wanted(), question.bytesPerSecond()),
            new NewCopy.Base(old, fromOld),
            bill);
    making = copy;
    return copy.make(pieces, ear);
  }
}
