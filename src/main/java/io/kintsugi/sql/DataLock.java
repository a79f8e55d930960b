package io.kintsugi.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The right of one process to a data directory, held on `node.lock` until closed or the process
/// dies. PostgreSQL's own interlock does not reach across containers; this one does.
public final class DataLock implements AutoCloseable {
  private static final String FILE = "node.lock";
  private static final int WORDS_MAX = 200;

  /// What this JVM holds. A file lock belongs to the whole process and is dropped as soon as *any*
  /// channel on the file is closed, so the file must not even be opened a second time here.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private DataLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Takes the lock or fails at once with DATA_IN_USE. Makes the directory if there is none.
  public static DataLock take(Path dataDir) {
    try {
      PrivateFiles.createDirectory(dataDir);
      var file = dataDir.toRealPath().resolve(FILE);
      if (!HELD.add(file)) {
        throw inUse(dataDir, "this process");
      }
      try {
        return locked(dataDir, file);
      } catch (IOException | RuntimeException failure) {
        HELD.remove(file);
        throw failure;
      }
    } catch (IOException failure) {
      throw new SqlFailure(
          SqlFailure.Code.FILE_ERROR,
          "cannot lock the data directory " + dataDir + ": " + failure.getMessage(),
          "Check that it exists, is writable, and lies on a file system with file locks.",
          failure);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException failure) {
      throw new SqlFailure(SqlFailure.Code.FILE_ERROR, "cannot release " + file, "", failure);
    } finally {
      HELD.remove(file);
    }
  }

  private static DataLock locked(Path dataDir, Path file) throws IOException {
    var channel = PrivateFiles.createPrivate(file);
    try {
      if (channel.tryLock() == null) {
        throw inUse(dataDir, holder(file));
      }
      var text =
          ByteBuffer.wrap(("process " + ProcessHandle.current().pid() + "\n").getBytes(UTF_8));
      channel.truncate(0);
      channel.write(text, 0);
      return new DataLock(file, channel);
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }

  private static String holder(Path file) throws IOException {
    var words = Files.readString(file).strip();
    return words.isEmpty() || words.length() > WORDS_MAX ? "another process" : words;
  }

  private static SqlFailure inUse(Path dataDir, String holder) {
    return new SqlFailure(
        SqlFailure.Code.DATA_IN_USE,
        "the data directory " + dataDir + " is in use by " + holder,
        "Stop the other node, or give this one a data directory of its own.");
  }
}
