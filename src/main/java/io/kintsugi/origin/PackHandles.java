package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Packs that are kept open for reading, the last used ones: a small GET then costs one read.
final class PackHandles {
  static final int MAX_OPEN = 64;

  /// A pack that is open.
  static final class Handle {
    private final String pack;
    private final Driver.Reading file;
    private int readers;
    private boolean dropped;

    private Handle(String pack, Driver.Reading file) {
      this.pack = pack;
      this.file = file;
    }

    Driver.Reading file() {
      return file;
    }
  }

  private final Consumer<Driver.Opened> release;

  /// Counts the places that stood behind the origin: what was opened in one is kept for no other.
  private int place;

  private final LinkedHashMap<String, Handle> open = new LinkedHashMap<>(2 * MAX_OPEN, 0.75f, true);

  /// @param release closes what nobody reads any more
  PackHandles(Consumer<Driver.Opened> release) {
    this.release = release;
  }

  /// The handle of a pack that is open, to be given back; null if it is not.
  @Nullable Handle lend(String pack) {
    var handle = open.get(pack);
    if (handle != null) {
      handle.readers++;
    }
    return handle;
  }

  int place() {
    return place;
  }

  /// Keeps a pack that was opened in a place, and lends it.
  Handle keep(String pack, Driver.Reading file, int openedIn) {
    var handle = new Handle(pack, file);
    handle.readers = 1;
    if (openedIn != place) {
      handle.dropped = true;
      return handle;
    }
    var other = open.put(pack, handle);
    if (other != null) {
      drop(other);
    }
    if (open.size() > MAX_OPEN) {
      drop(open.pollFirstEntry().getValue());
    }
    return handle;
  }

  void giveBack(Handle handle) {
    handle.readers--;
    closeIfIdle(handle);
  }

  /// Opens the pack anew for whoever comes next.
  void forget(Handle handle) {
    if (open.remove(handle.pack, handle)) {
      drop(handle);
    }
  }

  /// A pack that goes away gives its space back only once nobody has it open.
  void close(String pack) {
    var handle = open.remove(pack);
    if (handle != null) {
      drop(handle);
    }
  }

  /// Another place stands behind the origin.
  void moved() {
    place++;
    var all = new ArrayList<>(open.values());
    open.clear();
    all.forEach(this::drop);
  }

  private void drop(Handle handle) {
    handle.dropped = true;
    closeIfIdle(handle);
  }

  private void closeIfIdle(Handle handle) {
    if (handle.dropped && handle.readers == 0) {
      release.accept(handle.file);
    }
  }
}
