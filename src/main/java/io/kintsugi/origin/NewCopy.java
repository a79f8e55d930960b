package io.kintsugi.origin;

import io.kintsugi.contract.OriginMirrorContract.RefreshFile;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Failure;
import io.kintsugi.mirror.Plan;
import io.kintsugi.mirror.Plan.Piece;
import io.kintsugi.mirror.Recipe;
import io.kintsugi.mirror.RecipeRecord;
import io.kintsugi.mirror.Sample;
import io.kintsugi.mirror.Stamp;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One attempt at a new copy: written, flushed, read back as far as that is done, published, and
/// its recipe kept. An attempt that fails leaves nothing.
///
/// What is read back comes before publishing wherever a place shows what is not published yet; in a
/// bucket it comes right behind.
final class NewCopy {
  /// What is there already.
  ///
  /// @param stamp of the old copy when it was looked at; null if there was none
  /// @param used ranges of it are copied
  record Base(@Nullable Stamp stamp, boolean used) {}

  private final FilePlace place;
  private final RefreshFile question;
  private final Assembly.Source source;
  private final Base base;
  private final Bill bill;
  private @Nullable Assembly assembly;

  NewCopy(FilePlace place, RefreshFile question, Assembly.Source source, Base base, Bill bill) {
    this.place = place;
    this.question = question;
    this.source = source;
    this.base = base;
    this.bill = bill;
  }

  void cancel(Failure reason) {
    if (assembly != null) {
      assembly.cancel(reason);
    }
  }

  private Recipe recipe() {
    return source.record().recipe();
  }

  Future<Void> make(List<Piece> pieces, Assembly.Ear ear) {
    var path = question.path();
    var from = base.used() ? path : null;
    return place
        .open(
            () -> {
              makeFolders();
              return place.driver().createAssembling(path, from, recipe().sizeBytes());
            },
            place::release)
        .compose(file ->
            fill(file, pieces, ear)
                .compose(_ -> land(file, pieces))
                .onComplete(_ -> place.release(file)));
  }

  private void makeFolders() throws DriverException {
    // It says that something was written here, so that what is left over is looked for.
    place.driver().createFolder(RecipeShelf.FOLDER);
    var judged = question.replaced();
    if (base.stamp() == null && judged != null) {
      FileStat.makeFolders(place, judged.within(), question.path());
    }
  }

  private Future<Void> fill(Driver.Assembling file, List<Piece> pieces, Assembly.Ear ear) {
    var writing = new Assembly(place, file, source, pieces, ear);
    assembly = writing;
    return writing
        .write()
        .onComplete(_ -> {
          bill.sentBytes += writing.sentBytes();
          bill.copiedBytes += writing.copiedBytes();
          bill.sourceReadBytes += writing.sentBytes();
        });
  }

  private Future<Void> land(Driver.Assembling file, List<Piece> pieces) {
    return place
        .run(() -> {
          file.flush();
          return Shown.of(file.written());
        })
        .compose(shown ->
            settled()
                .compose(_ -> shown.reading() == null ? done() : check(shown.reading(), pieces))
                .compose(_ -> publish(file))
                .compose(_ -> shown.reading() == null ? checkPublished(pieces) : done()))
        .compose(_ -> place.run(() -> keep(file)))
        .onSuccess(bytes -> bill.recipeBytes += bytes)
        .mapEmpty();
  }

  /// What a place shows of a file that is not published; null if nothing.
  private record Shown(Driver.@Nullable Reading reading) {
    static Shown of(Driver.@Nullable Reading reading) {
      return new Shown(reading);
    }
  }

  private static Future<Void> done() {
    return Future.succeededFuture();
  }

  private boolean isShort() {
    return recipe().sizeBytes() < Plan.SHORT_BYTES;
  }

  /// So that no writing of others can bear the time of this one; for what keeps no recipe that is
  /// all the same.
  private Future<Void> settled() {
    var grain = isShort() ? Duration.ZERO : place.driver().timeGrain();
    Promise<Void> passed = Promise.promise();
    if (grain.isZero()) {
      passed.complete();
    } else {
      place.world().after(grain, passed::complete);
    }
    return passed.future();
  }

  private Future<Void> check(Driver.Reading reading, List<Piece> pieces) {
    var chunks = Sample.of(recipe(), pieces, place.world().random());
    return new ReadBack(place, reading, recipe(), chunks)
        .check()
        .onSuccess(bytes -> {
          bill.checkedBytes += bytes;
          bill.checkedWhole = chunks.size() == recipe().count();
        })
        .eventually(() ->
            place.run(() -> {
              reading.close();
              return true;
            }))
        .mapEmpty();
  }

  private Future<Void> checkPublished(List<Piece> pieces) {
    return place
        .open(() -> place.driver().openRead(question.path()), place::release)
        .compose(reading -> check(reading, pieces));
  }

  private Future<Void> publish(Driver.Assembling file) {
    place.requireWritable();
    return place
        .alone(
            question.path(),
            () ->
                place.open(
                    () -> {
                      requireBase();
                      file.publish();
                      place.driver().flushFolder(PlainFiles.folder(question.path()));
                      return true;
                    },
                    _ -> {}))
        .mapEmpty();
  }

  /// What was copied came out of the very file that the recipe is of, and what is replaced is what
  /// was to be.
  private void requireBase() throws DriverException {
    if (!Objects.equals(stampNow(), base.stamp())) {
      throw place.unavailable("has a file that changes meanwhile: " + question.path());
    }
  }

  private @Nullable Stamp stampNow() throws DriverException {
    try {
      return FileCuts.stampOf(place, question.path());
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return null;
      }
      throw e;
    }
  }

  /// Only where it is certain what now bears the name.
  ///
  /// @return bytes written
  private long keep(Driver.Assembling file) throws DriverException {
    var told = isShort() ? null : file.published();
    if (told == null) {
      RecipeShelf.forget(place.driver(), question.path());
      return 0;
    }
    bill.made = PlainFiles.stamp(told);
    return RecipeShelf.keep(
        place.driver(), new RecipeRecord(question.path(), PlainFiles.stamp(told), recipe()));
  }
}
