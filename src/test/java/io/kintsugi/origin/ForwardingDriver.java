package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Does what another driver does.
abstract class ForwardingDriver implements Driver {
  private final Driver real;

  ForwardingDriver(Driver real) {
    this.real = real;
  }

  @Override
  public Identity identity() throws DriverException {
    return real.identity();
  }

  @Override
  public void createRoot() throws DriverException {
    real.createRoot();
  }

  @Override
  public List<String> list(String folder) throws DriverException {
    return real.list(folder);
  }

  @Override
  public void createFolder(String folder) throws DriverException {
    real.createFolder(folder);
  }

  @Override
  public Entry stat(String name) throws DriverException {
    return real.stat(name);
  }

  @Override
  public Page list(String folder, String after, int limit) throws DriverException {
    return real.list(folder, after, limit);
  }

  @Override
  public Writing createNew(String name, long sizeBytes) throws DriverException {
    return real.createNew(name, sizeBytes);
  }

  @Override
  public Publishing createReplacing(String name, long sizeBytes) throws DriverException {
    return real.createReplacing(name, sizeBytes);
  }

  @Override
  public Copying copying() throws DriverException {
    return real.copying();
  }

  @Override
  public Assembling createAssembling(String name, @Nullable String base, long sizeBytes)
      throws DriverException {
    return real.createAssembling(name, base, sizeBytes);
  }

  @Override
  public Duration timeGrain() {
    return real.timeGrain();
  }

  @Override
  public boolean canAppend() {
    return real.canAppend();
  }

  @Override
  public Appending createAppending(String name) throws DriverException {
    return real.createAppending(name);
  }

  @Override
  public Reading openRead(String name) throws DriverException {
    return real.openRead(name);
  }

  @Override
  public Reading openUncached(String name) throws DriverException {
    return real.openUncached(name);
  }

  @Override
  public long sizeOf(String name) throws DriverException {
    return real.sizeOf(name);
  }

  @Override
  public void flushFile(String name) throws DriverException {
    real.flushFile(name);
  }

  @Override
  public void flushFolder(String folder) throws DriverException {
    real.flushFolder(folder);
  }

  @Override
  public byte[] readSmall(String name, int maxBytes) throws DriverException {
    return real.readSmall(name, maxBytes);
  }

  @Override
  public void createSmall(String name, byte[] content) throws DriverException {
    real.createSmall(name, content);
  }

  @Override
  public void rewriteSmall(String name, byte[] content) throws DriverException {
    real.rewriteSmall(name, content);
  }

  @Override
  public void remove(String name) throws DriverException {
    real.remove(name);
  }

  @Override
  public void move(String from, String to) throws DriverException {
    real.move(from, to);
  }

  @Override
  public Space space() throws DriverException {
    return real.space();
  }

  @Override
  public boolean isWritable(String folder) throws DriverException {
    return real.isWritable(folder);
  }

  @Override
  public @Nullable Watching watch(String folder, Consumer<Change> listener) throws DriverException {
    return real.watch(folder, listener);
  }

  /// A test may start its origin once more with the very driver that it stopped.
  @Override
  public void close() {}
}
