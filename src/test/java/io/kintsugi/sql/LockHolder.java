package io.kintsugi.sql;

import java.io.IOException;
import java.nio.file.Path;

/// A process that holds a data directory until its input ends.
final class LockHolder {
  private LockHolder() {}

  public static void main(String[] arguments) throws IOException {
    try (var _ = DataLock.take(Path.of(arguments[0]))) {
      System.out.write('!');
      System.out.flush();
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
    }
  }
}
