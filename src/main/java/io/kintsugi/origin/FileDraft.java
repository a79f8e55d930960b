package io.kintsugi.origin;

import io.kintsugi.contract.FileWriteContract.BeginFile;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.BlobSource;
import io.kintsugi.kernel.Bytes;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/// A plain file that is being written and that nobody sees. It takes the next bytes when the last
/// are written, and holds no thread in between.
final class FileDraft {
  /// So much is brought nearer to the disk at a time, so that the last flush is short.
  private static final long FLUSH_BYTES = 16 << 20;

  /// A file ready to be written, and the folders that were made for it.
  ///
  /// @param made those whose names are to be flushed
  record Opened(Driver.Publishing file, List<String> made) {}

  private final FilePlace place;
  private final BeginFile wish;
  private final Opened opened;
  private final BlobSource from;
  private final Promise<Void> filled = Promise.promise();
  private final Promise<Void> over = Promise.promise();
  private long writtenBytes;
  private long flushedBytes;
  private long touchedNanos;
  private boolean sealed;

  FileDraft(FilePlace place, BeginFile wish, Opened opened, BlobSource from) {
    this.place = place;
    this.wish = wish;
    this.opened = opened;
    this.from = from;
    touchedNanos = place.world().nanos();
  }

  /// Blocks. Fails with CONFLICT where the name or a part of it is taken by something else.
  static Opened open(FilePlace place, BeginFile wish) throws DriverException {
    var path = wish.path();
    var made = new ArrayList<String>();
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      makeFolder(place, path.substring(0, slash), made);
    }
    if (place.hasFolders()) {
      requireNoFolder(place, path);
    }
    try {
      return new Opened(place.driver().createReplacing(path, wish.sizeBytes()), made);
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.Exists) {
        throw taken(place, path + " is a folder", "file-is-folder");
      }
      throw e;
    }
  }

  private static Failure taken(FilePlace place, String why, String what) {
    return Failure.of(FailureCode.CONFLICT, "origin " + place.id() + ": " + why, "what", what);
  }

  private static void makeFolder(FilePlace place, String folder, List<String> made)
      throws DriverException {
    var driver = place.driver();
    if (place.hasFolders() && isFolder(place, folder)) {
      return;
    }
    try {
      driver.createFolder(folder);
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.Exists) {
        throw taken(place, folder + " is no folder", "folder-is-file");
      }
      throw e;
    }
    if (place.hasFolders()) {
      made.add(folder);
    }
  }

  /// Whether it is there; a link to a folder leads anywhere, and is none.
  private static boolean isFolder(FilePlace place, String folder) throws DriverException {
    try {
      if (place.driver().stat(folder).kind() == Driver.Kind.FOLDER) {
        return true;
      }
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return false;
      }
      throw e;
    }
    throw taken(place, folder + " is no folder", "folder-is-file");
  }

  private static void requireNoFolder(FilePlace place, String path) throws DriverException {
    try {
      if (place.driver().stat(path).kind() != Driver.Kind.FILE) {
        throw taken(place, path + " is a folder or a link", "file-is-folder");
      }
    } catch (DriverException e) {
      if (!(e.fault() instanceof Fault.NotFound)) {
        throw e;
      }
    }
  }

  String path() {
    return wish.path();
  }

  long sizeBytes() {
    return wish.sizeBytes();
  }

  long touchedNanos() {
    return touchedNanos;
  }

  /// Done when it is neither to be written nor published any more.
  Future<Void> over() {
    return over.future();
  }

  void fill() {
    from.pause();
    from.exceptionHandler(cause -> drop(Failure.from(cause)));
    from.endHandler(_ -> filled.tryComplete());
    from.handler(this::arrived);
    from.fetch(1);
  }

  private void arrived(Buffer bytes) {
    touchedNanos = place.world().nanos();
    writtenBytes += bytes.length();
    if (writtenBytes > wish.sizeBytes()) {
      drop(Failure.of(FailureCode.INVALID_REQUEST, "more bytes came than were announced"));
      return;
    }
    boolean flush = writtenBytes - flushedBytes >= FLUSH_BYTES;
    if (flush) {
      flushedBytes = writtenBytes;
    }
    place
        .run(() -> {
          opened.file().write(Bytes.view(bytes));
          if (flush) {
            opened.file().flushAhead();
          }
          return true;
        })
        .onSuccess(_ -> {
          touchedNanos = place.world().nanos();
          if (!over.future().isComplete()) {
            from.fetch(1);
          }
        })
        .onFailure(cause -> drop(place.fail(Operation.WRITE, cause)));
  }

  /// How many bytes are flushed, once all are.
  Future<Long> seal() {
    return filled
        .future()
        .compose(_ -> {
          if (writtenBytes != wish.sizeBytes()) {
            return Future.failedFuture(
                Failure.of(FailureCode.INVALID_REQUEST, "fewer bytes came than were announced"));
          }
          return place
              .run(() -> {
                opened.file().flush();
                return true;
              })
              .recover(cause -> Future.failedFuture(place.fail(Operation.WRITE, cause)));
        })
        .map(_ -> {
          sealed = true;
          touchedNanos = place.world().nanos();
          return writtenBytes;
        })
        .onFailure(cause -> drop(Failure.from(cause)));
  }

  /// Blocks.
  FileStamp publish() throws DriverException {
    if (!sealed) {
      throw Failure.of(FailureCode.CONFLICT, "it is not whole yet", "what", "draft");
    }
    opened.file().publish();
    try {
      place.driver().flushFolder(PlainFiles.folder(wish.path()));
      for (var folder : opened.made()) {
        place.driver().flushFolder(PlainFiles.folder(folder));
      }
      return FileStat.of(place, wish.path());
    } catch (DriverException e) {
      // It bears its name: nobody may take this for a writing that did not happen.
      throw place.unavailable("has published " + wish.path() + ", and then: " + e.fault().text());
    }
  }

  void close() {
    if (over.tryComplete()) {
      place.release(opened.file());
    }
  }

  /// Gives it up; nothing of it stays.
  void drop(Failure reason) {
    if (over.tryComplete()) {
      place.release(opened.file());
      from.cancel(reason);
      filled.tryFail(reason);
    }
  }
}
