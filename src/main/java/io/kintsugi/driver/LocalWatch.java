package io.kintsugi.driver;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import io.kintsugi.driver.Driver.Change;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// Tells what the kernel tells of a folder and all folders below it, by one thread of its own.
///
/// A folder that appears is watched first and then looked through, so what was made in it before it
/// was watched is told too; some of it twice.
final class LocalWatch implements Driver.Watching, Closeable {
  private static final long JOIN_MILLIS = 5_000;

  private final WatchService service;
  private final Path top;
  private final String name;
  private final Consumer<Change> listener;
  private final OpenFiles files;

  /// Where a key's folder lies now; a folder that was moved keeps its key. Of the watch's thread,
  /// and of the one that began it before.
  private final Map<WatchKey, Path> folders = new HashMap<>();

  private final Thread thread;
  private volatile boolean closed;

  private LocalWatch(
      WatchService service, Path top, String name, Consumer<Change> listener, OpenFiles files) {
    this.service = service;
    this.top = top;
    this.name = name;
    this.listener = listener;
    this.files = files;
    thread = Thread.ofPlatform().daemon().name("watch-" + top.getFileName()).unstarted(this::run);
  }

  /// Watches before it returns.
  static LocalWatch begin(Path top, String name, Consumer<Change> listener, OpenFiles files)
      throws IOException {
    var service = top.getFileSystem().newWatchService();
    var watch = new LocalWatch(service, top, name, listener, files);
    try {
      watch.register(top, false);
      if (watch.folders.isEmpty()) {
        throw new NoSuchFileException(top.toString());
      }
    } catch (IOException e) {
      service.close();
      throw e;
    }
    watch.thread.start();
    return watch;
  }

  private void register(Path folder, boolean tell) throws IOException {
    try {
      folders.put(folder.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE), folder);
    } catch (NoSuchFileException | NotDirectoryException e) {
      // Gone already; that is told by the folder above.
      return;
    }
    try (var entries = Files.newDirectoryStream(folder)) {
      for (var entry : entries) {
        look(entry, tell);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void look(Path entry, boolean tell) throws IOException {
    boolean folder = Files.isDirectory(entry, NOFOLLOW_LINKS);
    if (tell) {
      tell(new Change.Appeared(relative(entry), folder));
    }
    if (folder) {
      register(entry, tell);
    }
  }

  private void run() {
    try {
      while (!closed) {
        var key = service.take();
        var folder = folders.get(key);
        for (var event : key.pollEvents()) {
          if (folder != null) {
            handle(folder, event);
          }
        }
        if (!key.reset()) {
          folders.remove(key);
          if (folders.isEmpty()) {
            end(new Fault.NotFound(name));
            return;
          }
        }
      }
    } catch (ClosedWatchServiceException e) {
      // Closed by who wanted to know, or with the driver.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(new Fault.Disconnected(name, "interrupted"));
    } catch (IOException e) {
      end(Errno.exception(name, e).fault());
    }
  }

  private void handle(Path folder, WatchEvent<?> event) throws IOException {
    if (event.kind().equals(OVERFLOW)) {
      // Folders may have appeared unseen, so all are watched anew before it is told.
      register(folder, false);
      tell(new Change.Overflowed(relative(folder)));
      return;
    }
    if (!(event.context() instanceof Path child) || Passing.is(child.toString())) {
      return;
    }
    var path = folder.resolve(child);
    if (event.kind().equals(ENTRY_DELETE)) {
      forget(path);
      tell(new Change.Vanished(relative(path)));
    } else if (event.kind().equals(ENTRY_CREATE)) {
      look(path, true);
    } else {
      tell(new Change.Appeared(relative(path), Files.isDirectory(path, NOFOLLOW_LINKS)));
    }
  }

  /// A folder that was moved away is not told of any more, unless it turned up elsewhere already.
  private void forget(Path gone) {
    folders
        .entrySet()
        .removeIf(entry -> {
          boolean below = entry.getValue().startsWith(gone);
          if (below) {
            entry.getKey().cancel();
          }
          return below;
        });
  }

  private String relative(Path path) {
    var below = top.relativize(path).toString();
    if (below.isEmpty()) {
      return name;
    }
    return name.isEmpty() ? below : name + "/" + below;
  }

  private void tell(Change change) {
    if (!closed) {
      listener.accept(change);
    }
  }

  private void end(Fault fault) {
    tell(new Change.Ended(fault));
    closed = true;
    files.remove(this);
    try {
      service.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    files.remove(this);
    try {
      service.close();
      if (!thread.equals(Thread.currentThread())) {
        thread.join(JOIN_MILLIS);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
