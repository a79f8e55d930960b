package io.kintsugi.driver;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.kintsugi.driver.Driver.Change;
import io.kintsugi.driver.Driver.Kind;
import io.kintsugi.driver.Watches.Told;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What one walk saw, in the order of the walk, in a file without a name.
final class Sighting implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  /// What tells one content of a name from another.
  ///
  /// @param cursor ends in `/` if it is a folder
  private record Seen(String cursor, long sizeBytes, String version) {
    boolean isFolder() {
      return cursor.endsWith("/");
    }

    String path() {
      return isFolder() ? cursor.substring(0, cursor.length() - 1) : cursor;
    }
  }

  private final FileChannel channel;
  private final DataOutputStream out;

  private Sighting(FileChannel channel) {
    this.channel = channel;
    out =
        new DataOutputStream(
            new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES));
  }

  static Sighting begin() throws IOException {
    var path = Files.createTempFile("kintsugi-watch-", ".seen");
    try {
      return new Sighting(FileChannel.open(path, READ, WRITE));
    } finally {
      Files.delete(path);
    }
  }

  void add(Walk.Found found) throws IOException {
    var entry = found.entry();
    boolean folder = entry.kind() == Kind.FOLDER;
    out.writeUTF(found.cursor());
    out.writeLong(entry.sizeBytes());
    // The time of a folder changes with its names, of which each is told by itself.
    out.writeUTF(folder ? "" : entry.modified() + "#" + entry.tag());
  }

  /// Nothing more was seen.
  void end() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /// Tells what differs between two walks.
  static void compare(Sighting before, Sighting now, Told what, Consumer<Change> listener)
      throws IOException {
    var olds = new Rows(before.channel);
    var news = new Rows(now.channel);
    var old = olds.next();
    var found = news.next();
    while (old != null || found != null) {
      int order = order(old, found);
      if (order < 0 && old != null) {
        listener.accept(new Change.Vanished(old.path()));
      } else if (found != null && (order > 0 ? what == Told.ALL : !found.equals(old))) {
        listener.accept(new Change.Appeared(found.path(), found.isFolder()));
      }
      old = order <= 0 ? olds.next() : old;
      found = order >= 0 ? news.next() : found;
    }
  }

  private static int order(@Nullable Seen old, @Nullable Seen found) {
    if (old == null || found == null) {
      return old == null ? 1 : -1;
    }
    return NameOrder.INSTANCE.compare(old.cursor(), found.cursor());
  }

  /// The rows of a file from its beginning on.
  private static final class Rows {
    private final DataInputStream in;

    Rows(FileChannel channel) throws IOException {
      channel.position(0);
      in =
          new DataInputStream(
              new BufferedInputStream(Channels.newInputStream(channel), BUFFER_BYTES));
    }

    @Nullable Seen next() throws IOException {
      String cursor;
      try {
        cursor = in.readUTF();
      } catch (EOFException e) {
        return null;
      }
      return new Seen(cursor, in.readLong(), in.readUTF());
    }
  }
}
