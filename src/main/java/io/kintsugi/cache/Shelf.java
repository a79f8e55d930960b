package io.kintsugi.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/// The folder of the copies, as it lies on the disk: `<two digits>/<version id>`, and `.part`
/// behind what is being written. Every call blocks. When a copy was last used is its file's time,
/// so that the order survives a restart.
final class Shelf {
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{32}");
  private static final int FOLDER_DIGITS = 2;

  /// A copy that lies there.
  record Found(String versionId, long fileBytes, Instant used) {}

  private final Path folder;

  Shelf(Path folder) {
    this.folder = folder;
  }

  /// What lies there, longest unused first; what was never finished, and what is none of ours, is
  /// taken away or left alone.
  List<Found> tidy() throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    var found = new ArrayList<Found>();
    try (var paths = Files.walk(folder, 2)) {
      for (var path : (Iterable<Path>) paths::iterator) {
        var name = String.valueOf(path.getFileName());
        if (Files.isDirectory(path)) {
          continue;
        }
        if (name.endsWith(".part")) {
          Files.deleteIfExists(path);
        } else if (NAME.matcher(name).matches()) {
          found.add(new Found(name, Files.size(path), Files.getLastModifiedTime(path).toInstant()));
        }
      }
    }
    found.sort(Comparator.comparing(Found::used));
    return found;
  }

  static boolean isVersionId(String text) {
    return NAME.matcher(text).matches();
  }

  private Path path(String versionId) {
    return folder
        .resolve(versionId.substring(versionId.length() - FOLDER_DIGITS))
        .resolve(versionId);
  }

  private Path part(String versionId) {
    return path(versionId).resolveSibling(versionId + ".part");
  }

  CopyFile begin(String versionId, long sizeBytes) throws IOException {
    var part = part(versionId);
    Files.createDirectories(part.getParent());
    Files.deleteIfExists(part);
    return CopyFile.create(part, versionId, sizeBytes);
  }

  /// The copy is whole: it can be found from now on.
  void finish(String versionId) throws IOException {
    Files.move(part(versionId), path(versionId));
  }

  void giveUp(String versionId) throws IOException {
    Files.deleteIfExists(part(versionId));
  }

  CopyFile open(String versionId) throws IOException {
    return CopyFile.open(path(versionId), versionId);
  }

  void touch(String versionId, Instant now) throws IOException {
    try {
      Files.setLastModifiedTime(path(versionId), FileTime.from(now));
    } catch (NoSuchFileException _) {
      // It gave way to others meanwhile.
    }
  }

  void remove(String versionId) throws IOException {
    Files.deleteIfExists(path(versionId));
  }

  long freeBytes() throws IOException {
    return folder.toRealPath().toFile().getUsableSpace();
  }
}
