package io.kintsugi.driver;

import java.io.Closeable;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What a driver has open, so that all of it can be closed at once by another thread.
final class OpenFiles {
  private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  <T extends Closeable> T add(String name, T file) throws DriverException {
    open.add(file);
    if (closed) {
      close(name, file);
      requireOpen(name);
    }
    return file;
  }

  void requireOpen(String name) throws DriverException {
    if (closed) {
      throw new DriverException(new Fault.Disconnected(name, "closed"));
    }
  }

  void close(String name, Closeable file) throws DriverException {
    open.remove(file);
    Errno.perform(name, file::close);
  }

  /// Forgets what closed by itself.
  void remove(Closeable file) {
    open.remove(file);
  }

  void closeAll() {
    closed = true;
    var rest = List.copyOf(open);
    open.clear();
    rest.forEach(Closing::quietly);
  }
}
