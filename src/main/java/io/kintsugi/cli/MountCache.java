package io.kintsugi.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Where rclone keeps files of a mount: their bytes, and beside them what it knows of each.
record MountCache(Path folder) {
  private static final String NOTES = "vfsMeta";
  private static final String DIRTY = "Dirty";

  /// Remote and bucket come before the path of a file.
  private static final int BEFORE_PATH = 2;

  /// Paths of files that were written and are not in the bucket.
  List<String> unstored() throws IOException {
    var notes = folder.resolve(NOTES);
    var found = new ArrayList<String>();
    if (Files.notExists(notes)) {
      return found;
    }
    try (var files = Files.walk(notes)) {
      for (var file : files.filter(Files::isRegularFile).sorted().toList()) {
        if (Api.readTree(Files.readString(file)).path(DIRTY).asBoolean()) {
          var path = notes.relativize(file);
          found.add(path.subpath(BEFORE_PATH, path.getNameCount()).toString());
        }
      }
    }
    return found;
  }

  void remove() throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
