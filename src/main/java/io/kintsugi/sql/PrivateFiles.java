package io.kintsugi.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Files and directories that only their owner may read, written so that a crash leaves the old or
/// the new content.
final class PrivateFiles {
  private PrivateFiles() {}

  static void createDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      var rights = PosixFilePermissions.fromString("rwx------");
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(rights));
    }
  }

  static void write(Path file, String text) throws IOException {
    var draft = file.resolveSibling(file.getFileName() + ".draft");
    Files.deleteIfExists(draft);
    try (var channel = createPrivate(draft)) {
      var bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    publish(draft, file);
  }

  /// Opens for writing; made with mode 0600 if it does not exist, so there is no moment in which
  /// others could read it.
  static FileChannel createPrivate(Path file) throws IOException {
    var rights = PosixFilePermissions.fromString("rw-------");
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(rights));
  }

  /// Gives a finished file or directory its name, durably.
  static void publish(Path draft, Path name) throws IOException {
    Files.move(draft, name, StandardCopyOption.ATOMIC_MOVE);
    force(name.toAbsolutePath().getParent());
  }

  static void force(@Nullable Path path) throws IOException {
    if (path != null) {
      try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /// The user id that a file belongs to, or null if there is no such file.
  static @Nullable Integer owner(Path path) throws IOException {
    return Files.exists(path) ? (Integer) Files.getAttribute(path, "unix:uid") : null;
  }

  static void giveTo(int uid, Path path) throws IOException {
    Files.setAttribute(path, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:gid", uid, LinkOption.NOFOLLOW_LINKS);
  }

  static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /// Removes what a crash left behind: entries of a directory whose name begins so.
  static void deleteLeftovers(Path directory, String prefix) throws IOException {
    try (var entries = Files.newDirectoryStream(directory, prefix + "*")) {
      for (var entry : entries) {
        deleteTree(entry);
      }
    }
  }
}
