package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
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
  /// @param bytesPerSecond 0: no bound
  record Wish(String path, @Nullable ChunkSizes sizes, boolean reread, long bytesPerSecond) {}

  /// A recipe, and what it took.
  ///
  /// @param readBytes of the file; 0 if the recipe was kept
  /// @param recipeBytes read and written of recipes
  record Cut(RecipeRecord record, long readBytes, long recipeBytes) {}

  /// Told how far the reading is, and asked whether anybody wants it still.
  record Ear(LongConsumer progress, BooleanSupplier gone) {}

  private final FilePlace place;
  private final Wish wish;
  private final Ear ear;
  private final Pace pace;

  private FileCuts(FilePlace place, Wish wish, Ear ear) {
    this.place = place;
    this.wish = wish;
    this.ear = ear;
    pace = new Pace(wish.bytesPerSecond(), place.world().nanos());
  }

  /// Fails with NOT_FOUND only if the origin was ours when it had no such file.
  static Future<Cut> of(FilePlace place, Wish wish, Ear ear) {
    return new FileCuts(place, wish, ear).cut();
  }

  private Future<Cut> cut() {
    return place
        .open(this::look, _ -> {})
        .recover(cause -> place.failed(Operation.READ, cause))
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
    var stamp = stampOf(place, wish.path());
    return new Seen(
        stamp,
        wish.reread()
            ? RecipeShelf.Found.NOTHING
            : RecipeShelf.find(place.driver(), wish.path(), stamp));
  }

  /// Fails with [io.kintsugi.driver.Fault.NotFound] where no plain file is.
  static Stamp stampOf(FilePlace place, String path) throws DriverException {
    return PlainFiles.stamp(FileStat.of(place, path));
  }

  private Future<Cut> read(Stamp stamp, long recipeBytes) {
    var sizes = wish.sizes();
    var best =
        sizes == null || !sizes.suit(stamp.sizeBytes()) ? ChunkSizes.of(stamp.sizeBytes()) : sizes;
    var maker = new RecipeMaker(best);
    return settled(place, stamp)
        .compose(_ -> place.open(() -> place.driver().openRead(wish.path()), place::release))
        .compose(file -> readAll(file, stamp, maker).onComplete(_ -> place.release(file)))
        .compose(_ -> place.run(() -> finish(stamp, maker, recipeBytes)))
        .recover(cause -> place.failed(Operation.READ, cause));
  }

  /// Where a writing within the same moment could not be told from this stamp, that moment is let
  /// pass before a byte is read: what is written later leaves another.
  static Future<Void> settled(FilePlace place, Stamp stamp) {
    var grain = stamp.tag() == null ? place.driver().timeGrain() : Duration.ZERO;
    Promise<Void> passed = Promise.promise();
    if (grain.isZero()) {
      passed.complete();
    } else {
      place.world().after(grain, passed::complete);
    }
    return passed.future();
  }

  private Future<Void> readAll(Driver.Reading file, Stamp stamp, RecipeMaker maker) {
    Promise<Void> done = Promise.promise();
    file.expect(0, stamp.sizeBytes());
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
    place
        .run(() -> {
          int read = file.read(buffer.clear(), at);
          maker.take(buffer.flip());
          return read;
        })
        .onSuccess(read -> {
          if (read == 0) {
            done.fail(changed());
          } else {
            pace(read, () -> readOn(file, stamp, maker, buffer, at + read, done));
          }
        })
        .onFailure(done::fail);
  }

  private void pace(int readBytes, Runnable next) {
    long delayMillis = pace.delayMillis(readBytes, place.world().nanos());
    if (delayMillis <= 0) {
      next.run();
    } else {
      place.world().after(Duration.ofMillis(delayMillis), next);
    }
  }

  private Cut finish(Stamp stamp, RecipeMaker maker, long recipeBytes) throws DriverException {
    var recipe = maker.end();
    if (!stampOf(place, wish.path()).equals(stamp) || recipe.sizeBytes() != stamp.sizeBytes()) {
      throw changed();
    }
    var record = new RecipeRecord(wish.path(), stamp, recipe);
    long kept =
        stamp.sizeBytes() < Plan.SHORT_BYTES || !place.isWritable()
            ? 0
            : RecipeShelf.keep(place.driver(), record);
    return new Cut(record, stamp.sizeBytes(), recipeBytes + kept);
  }

  private Failure changed() {
    return place.unavailable("has a file that changes while it is read: " + wish.path());
  }
}
