package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.mirror.ChunkSizes;
import io.kintsugi.mirror.Plan;
import io.kintsugi.mirror.RecipeMaker;
import io.kintsugi.mirror.RecipeRecord;
import io.kintsugi.mirror.Stamp;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The recipe of one file of an origin: the one that is kept, or one made by reading the file.
final class FileCuts {
  private static final int READ_BYTES = 1 << 20;

  /// What is wanted.
  ///
  /// @param sizes of its chunks; null: those of the kept recipe, or what is best
  /// @param reread what is kept is not believed
  record Wish(String path, @Nullable ChunkSizes sizes, boolean reread) {}

  /// A recipe, and what it took.
  ///
  /// @param readBytes of the file; 0 if the recipe was kept
  /// @param recipeBytes read and written of recipes
  record Cut(RecipeRecord record, long readBytes, long recipeBytes) {}

  /// Told how far the reading is, and asked whether anybody wants it still.
  record Ear(LongConsumer progress, BooleanSupplier gone) {}

  private final Origin origin;
  private final Wish wish;
  private final Ear ear;

  private FileCuts(Origin origin, Wish wish, Ear ear) {
    this.origin = origin;
    this.wish = wish;
    this.ear = ear;
  }

  /// Fails with NOT_FOUND only if the origin was ours when it had no such file.
  static Future<Cut> of(Origin origin, Wish wish, Ear ear) {
    return new FileCuts(origin, wish, ear).cut();
  }

  private Future<Cut> cut() {
    return origin
        .open(this::look, _ -> {})
        .recover(cause -> missing(origin, wish.path(), cause))
        .compose(seen -> {
          var kept = seen.found().recipe();
          return kept != null && fits(kept)
              ? Future.succeededFuture(new Cut(kept, 0, seen.found().readBytes()))
              : read(seen.stamp(), seen.found().readBytes());
        });
  }

  private boolean fits(RecipeRecord kept) {
    var sizes = wish.sizes();
    return sizes == null
        ? kept.recipe().sizes().suit(kept.recipe().sizeBytes())
        : sizes.equals(kept.recipe().sizes());
  }

  private record Seen(Stamp stamp, RecipeShelf.Found found) {}

  private Seen look() throws DriverException {
    var stamp = stampOf(origin.driver(), wish.path());
    return new Seen(
        stamp,
        wish.reread()
            ? RecipeShelf.Found.NOTHING
            : RecipeShelf.find(origin.driver(), wish.path(), stamp));
  }

  static Stamp stampOf(Driver driver, String path) throws DriverException {
    var told = driver.stat(path);
    if (told.kind() != Driver.Kind.FILE) {
      throw new DriverException(new Fault.Exists(path));
    }
    return PlainFiles.stamp(told);
  }

  static <T> Future<T> missing(Origin origin, String path, Throwable cause) {
    var failure = origin.fail(Operation.READ, cause);
    if (!failure.is(FailureCode.NOT_FOUND)) {
      return Future.failedFuture(failure);
    }
    return origin
        .isStillOurs()
        .compose(ours ->
            Future.failedFuture(
                ours
                    ? Failure.of(
                        FailureCode.NOT_FOUND,
                        "origin " + origin.id() + " has no file " + path,
                        "what",
                        "file")
                    : origin.unavailable("cannot tell whether it has " + path)));
  }

  private Future<Cut> read(Stamp stamp, long recipeBytes) {
    var sizes = wish.sizes();
    var best =
        sizes == null || !sizes.suit(stamp.sizeBytes()) ? ChunkSizes.of(stamp.sizeBytes()) : sizes;
    var maker = new RecipeMaker(best);
    return settled(origin, stamp)
        .compose(_ -> origin.open(() -> origin.driver().openRead(wish.path()), origin::release))
        .compose(file -> readAll(file, stamp, maker).onComplete(_ -> origin.release(file)))
        .compose(_ -> origin.run(() -> finish(stamp, maker, recipeBytes)))
        .recover(cause -> missing(origin, wish.path(), cause));
  }

  /// Where a writing within the same moment could not be told from this stamp, that moment is let
  /// pass before a byte is read: what is written later leaves another.
  static Future<Void> settled(Origin origin, Stamp stamp) {
    var grain = stamp.tag() == null ? origin.driver().timeGrain() : Duration.ZERO;
    Promise<Void> passed = Promise.promise();
    if (grain.isZero()) {
      passed.complete();
    } else {
      origin.world().after(grain, passed::complete);
    }
    return passed.future();
  }

  private Future<Void> readAll(Driver.Reading file, Stamp stamp, RecipeMaker maker) {
    Promise<Void> done = Promise.promise();
    readOn(file, stamp, maker, ByteBuffer.allocate(READ_BYTES), 0, done);
    return done.future();
  }

  private void readOn(
      Driver.Reading file,
      Stamp stamp,
      RecipeMaker maker,
      ByteBuffer buffer,
      long at,
      Promise<Void> done) {
    if (ear.gone().getAsBoolean()) {
      done.fail(Failure.of(FailureCode.CANCELLED, "nobody wants it any more"));
      return;
    }
    ear.progress().accept(at);
    if (at >= stamp.sizeBytes()) {
      done.complete();
      return;
    }
    origin
        .run(() -> {
          int read = file.read(buffer.clear(), at);
          maker.take(buffer.flip());
          return read;
        })
        .onSuccess(read -> {
          if (read == 0) {
            done.fail(changed());
          } else {
            readOn(file, stamp, maker, buffer, at + read, done);
          }
        })
        .onFailure(done::fail);
  }

  private Cut finish(Stamp stamp, RecipeMaker maker, long recipeBytes) throws DriverException {
    var recipe = maker.end();
    if (!stampOf(origin.driver(), wish.path()).equals(stamp)
        || recipe.sizeBytes() != stamp.sizeBytes()) {
      throw changed();
    }
    var record = new RecipeRecord(wish.path(), stamp, recipe);
    long kept =
        stamp.sizeBytes() < Plan.SHORT_BYTES ? 0 : RecipeShelf.keep(origin.driver(), record);
    return new Cut(record, stamp.sizeBytes(), recipeBytes + kept);
  }

  private Failure changed() {
    return origin.unavailable("has a file that changes while it is read: " + wish.path());
  }
}
