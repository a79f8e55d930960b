package io.kintsugi.origin;

import io.kintsugi.contract.FilesContract.FilePage;
import io.kintsugi.contract.FilesContract.FoundFile;
import io.kintsugi.contract.FilesContract.ListFiles;
import io.kintsugi.contract.FilesContract.ListedFile;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.driver.Passing;
import io.kintsugi.driver.Walk;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lists what lies on an origin for plain files, page by page. A walk is kept for a moment after
/// each page, so that whoever asks on need not begin at the root of it again.
final class FileListing {
  private static final int PAGE_MAX = 5000;
  private static final int WALKS_KEPT = 4;
  private static final Duration KEPT_FOR = Duration.ofSeconds(10);

  /// A page that finds nothing but folders ends after so many batches, so that no call is endless.
  private static final int BATCHES_MAX = 16;

  private record Bookmark(String folder, String after) {}

  private record Kept(Walk walk, long untilNanos) {}

  /// A page, and the walk that stands at its end.
  private record Walked(FilePage page, @Nullable Walk walk) {}

  private final FilePlace place;
  private final Map<Bookmark, Kept> walks = new LinkedHashMap<>();

  FileListing(FilePlace place) {
    this.place = place;
  }

  Future<FilePage> list(ListFiles question) {
    if (question.max() < 1 || question.max() > PAGE_MAX) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "max must be 1 to " + PAGE_MAX);
    }
    var folder = question.folder();
    if (!folder.isEmpty() && (PlainFiles.isOwn(folder) || !sound(folder).equals(folder))) {
      return Future.succeededFuture(new FilePage(List.of(), null));
    }
    // How long a page takes depends on what lies there, so it is not counted as latency.
    return place
        .guarded(
            Operation.LIST,
            () ->
                (question.deep() ? deep(question) : place.open(() -> flat(question), _ -> {}))
                    .recover(cause -> place.failed(Operation.LIST, cause)))
        .recover(FileListing::nothing);
  }

  /// A folder that is surely not there holds nothing.
  private static Future<FilePage> nothing(Throwable cause) {
    return Failure.from(cause).is(FailureCode.NOT_FOUND)
        ? Future.succeededFuture(new FilePage(List.of(), null))
        : Future.failedFuture(cause);
  }

  private Future<FilePage> deep(ListFiles question) {
    long now = place.world().nanos();
    walks.values().removeIf(kept -> kept.untilNanos() - now < 0);
    var kept = walks.remove(new Bookmark(question.folder(), question.after()));
    return place
        .open(() -> deep(question, kept == null ? begin(question) : kept.walk()), _ -> {})
        .map(walked -> {
          keep(question.folder(), walked);
          return walked.page();
        });
  }

  private void keep(String folder, Walked walked) {
    var next = walked.page().next();
    var walk = walked.walk();
    if (next == null || walk == null) {
      return;
    }
    if (walks.size() >= WALKS_KEPT) {
      walks.remove(walks.keySet().iterator().next());
    }
    long until = place.world().nanos() + KEPT_FOR.toNanos();
    walks.put(new Bookmark(folder, next), new Kept(walk, until));
  }

  private Walk begin(ListFiles question) throws DriverException {
    var folder = question.folder();
    FileStat.requireFolder(place, folder);
    var after = sound(question.after());
    var top = folder.isEmpty() ? "" : folder + "/";
    return new Walk(place.driver(), folder, after.isEmpty() ? "" : top + after);
  }

  /// As much of a path as a name within the root can have: up to the first segment that none has.
  private static String sound(String path) {
    int at = 0;
    for (var segment : path.split("/", -1)) {
      boolean last = at + segment.length() == path.length();
      boolean odd =
          (segment.isEmpty() && !last)
              || segment.equals(".")
              || segment.equals("..")
              || segment.indexOf('\0') >= 0;
      if (odd) {
        return path.substring(0, at);
      }
      at += segment.length() + 1;
    }
    return path;
  }

  private Walked deep(ListFiles question, Walk begun) throws DriverException {
    var walk = begun;
    int top = question.folder().isEmpty() ? 0 : question.folder().length() + 1;
    var files = new ArrayList<ListedFile>();
    var next = question.after();
    for (int i = 0; i < BATCHES_MAX && files.size() < question.max(); i++) {
      @Nullable Walk around = null;
      var batch = walk.next(question.max() - files.size());
      for (var found : batch.found()) {
        next = found.cursor().substring(top);
        if (PlainFiles.isOwn(found.cursor())) {
          around = new Walk(place.driver(), question.folder(), PlainFiles.behind(found.cursor()));
          break;
        }
        if (found.entry().kind() == Driver.Kind.FILE) {
          files.add(new ListedFile(next, FileStat.of(found.entry())));
        }
      }
      if (around != null) {
        walk = around;
      } else if (batch.end()) {
        return new Walked(new FilePage(files, null), null);
      }
    }
    return new Walked(new FilePage(files, next), walk);
  }

  private FilePage flat(ListFiles question) throws DriverException {
    FileStat.requireFolder(place, question.folder());
    var page = place.driver().list(question.folder(), sound(question.after()), question.max());
    var files = new ArrayList<ListedFile>();
    for (var entry : page.entries()) {
      if (question.folder().isEmpty() && PlainFiles.isOwn(entry.name())) {
        continue;
      }
      switch (entry.kind()) {
        case FILE -> files.add(new ListedFile(entry.name(), FileStat.of(entry)));
        case FOLDER -> files.add(new ListedFile(entry.name() + "/", null));
        case OTHER -> {}
      }
    }
    return new FilePage(files, page.next());
  }

  /// What a path names, without opening it.
  Future<FoundFile> find(String path) {
    if (path.isEmpty()
        || !sound(path).equals(path)
        || path.endsWith("/")
        || Passing.is(path.substring(path.lastIndexOf('/') + 1))) {
      return place.failed(Operation.READ, new DriverException(new Fault.NotFound(path)));
    }
    long began = place.world().nanos();
    return place.guarded(
        Operation.READ,
        () ->
            place
                .open(() -> FileStat.of(place, path), _ -> {})
                .onSuccess(_ -> place.took(Operation.READ, place.world().nanos() - began))
                .map(FoundFile::new)
                .recover(cause -> place.failed(Operation.READ, cause)));
  }
}
