package io.kintsugi.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.mirror.Stamp;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The bytes of a file that is about to give way, kept on its origin among what the store keeps
/// there: what was taken for rot, or for outdated, may have been somebody's work. They are copied,
/// not moved, so that the file never lacks; nobody takes them away again but people.
///
/// If the process dies, nothing was changed yet; asked again, the same name is written again.
final class KeptAside {
  private static final String FOLDER = PlainFiles.OWN + "-quarantine";

  /// Of one piece of work, so that each is done in time; long enough for parts in buckets.
  private static final long COPY_BYTES = 64L << 20;

  private static final int READ_BYTES = 1 << 20;
  private static final int ID_DIGITS = 16;

  /// With the digits before it a name is no longer than any place takes.
  private static final int NAME_BYTES_MAX = 200;

  private final FilePlace place;
  private final String path;
  private final Stamp stamp;
  private final BooleanSupplier gone;
  private final Promise<Void> written = Promise.promise();

  KeptAside(FilePlace place, String path, Stamp stamp, BooleanSupplier gone) {
    this.place = place;
    this.path = path;
    this.stamp = stamp;
    this.gone = gone;
  }

  /// Where the bytes of that file as it was then are kept.
  static String name(String path, Stamp stamp) {
    var id = RecipeShelf.digest(path + "\0" + stamp).substring(0, ID_DIGITS);
    var last = path.substring(path.lastIndexOf('/') + 1);
    while (last.getBytes(UTF_8).length > NAME_BYTES_MAX) {
      last = last.substring(last.offsetByCodePoints(0, 1));
    }
    return FOLDER + "/" + id + "-" + last;
  }

  /// Answers the path.
  Future<String> keep() {
    var name = name(path, stamp);
    return place
        .run(() -> place.driver().copying() instanceof Driver.Copying.Within)
        .compose(copies -> copies ? byThePlace(name) : byHand(name))
        .map(name);
  }

  private Future<Void> byThePlace(String name) {
    return place
        .open(() -> place.driver().createAssembling(name, path, stamp.sizeBytes()), place::release)
        .compose(file ->
            copy(
                    length -> {
                      file.copy(length.from(), length.bytes());
                      return true;
                    },
                    COPY_BYTES)
                .compose(_ -> publish(file))
                .onComplete(_ -> place.release(file)));
  }

  private Future<Void> byHand(String name) {
    return place
        .open(() -> place.driver().openRead(path), place::release)
        .compose(from ->
            place
                .open(() -> place.driver().createReplacing(name, stamp.sizeBytes()), place::release)
                .compose(file -> {
                  var buffer = ByteBuffer.allocate(READ_BYTES);
                  return copy(
                          length -> {
                            buffer.clear().limit((int) length.bytes());
                            boolean whole = from.read(buffer, length.from()) == length.bytes();
                            file.write(buffer.flip());
                            return whole;
                          },
                          READ_BYTES)
                      .compose(_ -> publish(file))
                      .onComplete(_ -> place.release(file));
                })
                .onComplete(_ -> place.release(from)));
  }

  private record Length(long from, long bytes) {}

  private interface Step {
    /// False if the file ended before.
    boolean take(Length length) throws DriverException;
  }

  private Future<Void> copy(Step step, long stepBytes) {
    copyOn(step, stepBytes, 0);
    return written.future();
  }

  private void copyOn(Step step, long stepBytes, long at) {
    if (at == stamp.sizeBytes()) {
      written.complete();
      return;
    }
    if (gone.getAsBoolean()) {
      written.fail(Failure.of(FailureCode.CANCELLED, "nobody wants it any more"));
      return;
    }
    var length = new Length(at, Math.min(stepBytes, stamp.sizeBytes() - at));
    place
        .run(() -> step.take(length))
        .onSuccess(whole -> {
          if (whole) {
            copyOn(step, stepBytes, at + length.bytes());
          } else {
            written.fail(FileStat.changed(place, path));
          }
        })
        .onFailure(written::fail);
  }

  /// What was copied is what was judged, or it is not kept.
  private Future<Void> publish(Driver.Publishing file) {
    return place
        .open(
            () -> {
              file.flush();
              if (!FileCuts.stampOf(place, path).equals(stamp)) {
                throw FileStat.changed(place, path);
              }
              file.publish();
              place.driver().flushFolder(FOLDER);
              return true;
            },
            (@Nullable Boolean _) -> {})
        .mapEmpty();
  }
}
