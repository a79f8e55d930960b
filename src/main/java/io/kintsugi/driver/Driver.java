package io.kintsugi.driver;

import java.nio.ByteBuffer;
import java.util.List;

/// One place that holds files, spoken to in names relative to its root with `/` between segments.
///
/// Every call may block, for ever on a hung mount: it is made on threads kept for this place alone.
/// What an implementation promises is written down in its conformance test.
public interface Driver {
  /// What the root is just now. Another disk at the same path is another identity.
  ///
  /// @param key compared, never understood
  record Identity(String key) {}

  /// Room, as the place tells it.
  ///
  /// @param freeBytes what may really be written
  /// @param freeInodes how many more files fit; -1 if the place has no such bound, or does not tell
  record Space(long totalBytes, long freeBytes, long freeInodes) {}

  /// Fails with [Fault.NotFound] if the root is not there.
  Identity identity() throws DriverException;

  /// Makes the root, and whatever is missing above it, findable after a loss of power.
  void createRoot() throws DriverException;

  /// The names in a folder (`""` is the root), in no order; not what lies deeper.
  List<String> list(String folder) throws DriverException;

  /// Makes a folder in one that exists; does nothing if it is there.
  void createFolder(String folder) throws DriverException;

  /// A new file under a name that nothing bears. Makes its folder if only that is missing, never
  /// the one above: a root that vanished stays vanished.
  Writing createNew(String name) throws DriverException;

  /// Whether the place can do what [#createAppending] promises.
  boolean canAppend();

  /// A new file as [#createNew] makes it, to be grown by offset and flushed again and again while
  /// others read it. Asked for only where [#canAppend] says so.
  Appending createAppending(String name) throws DriverException;

  Reading openRead(String name) throws DriverException;

  /// As [#openRead], for what is read once and then not for long: where the place can do it, the
  /// bytes come from the disk itself and leave the memory of others alone.
  Reading openUncached(String name) throws DriverException;

  /// Bytes of a file, without opening it.
  long sizeOf(String name) throws DriverException;

  /// Returns when the content of a file, whoever wrote it, survives a loss of power.
  void flushFile(String name) throws DriverException;

  /// Returns when the names made in this folder so far survive a loss of power.
  void flushFolder(String folder) throws DriverException;

  /// The content of a small file; longer ones are cut at `maxBytes`.
  byte[] readSmall(String name, int maxBytes) throws DriverException;

  /// A new small file, itself and its name flushed.
  void createSmall(String name, byte[] content) throws DriverException;

  /// Puts other content into a small file that exists, and flushes it and its name.
  void rewriteSmall(String name, byte[] content) throws DriverException;

  /// Takes a file's name away; it survives a loss of power once its folder is flushed. Does nothing
  /// if it is not there.
  void remove(String name) throws DriverException;

  /// Gives a file another name, which nothing may bear yet; makes the folder of that as
  /// [#createNew] does. It survives a loss of power once both folders are flushed.
  void move(String from, String to) throws DriverException;

  Space space() throws DriverException;

  /// Whether a file could be made in this folder now, as far as can be told without making one.
  boolean isWritable(String folder) throws DriverException;

  /// Something open, to be closed by who opened it.
  interface Opened extends AutoCloseable {
    @Override
    void close() throws DriverException;
  }

  /// A file being written from its first byte on, in order. Used by one thread at a time. Closing
  /// leaves the file as it is.
  interface Writing extends Opened {
    /// Appends all that remains in the buffer.
    void write(ByteBuffer bytes) throws DriverException;

    /// Returns when every byte written so far survives a loss of power.
    void flush() throws DriverException;
  }

  /// A file being grown by offset. Used by one thread at a time. Closing leaves the file as it is.
  /// After a failed write or flush nothing is known of what was not flushed before.
  interface Appending extends Opened {
    /// Writes all that remains in the buffer from a position on.
    void write(ByteBuffer bytes, long position) throws DriverException;

    /// Returns when every byte written so far, and the length of the file, survive a loss of power.
    void flush() throws DriverException;
  }

  /// An open file. Used by any number of threads at a time, but closed by the last one alone.
  interface Reading extends Opened {
    long sizeBytes() throws DriverException;

    /// Fills the buffer from a position on; fewer bytes mean that the file ends there.
    int read(ByteBuffer target, long position) throws DriverException;
  }
}
