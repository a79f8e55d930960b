package io.kintsugi.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What is mounted where, as the kernel tells it without asking any of the mounts.
final class MountTable {
  private static final Path TABLE = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT_AT = 4;

  private MountTable() {}

  /// Whether something is mounted at exactly this path, which is absolute and without links.
  static boolean has(Path mountPoint) throws IOException {
    return Files.readAllLines(TABLE).stream().anyMatch(line -> tells(line, mountPoint.toString()));
  }

  static boolean tells(String line, String mountPoint) {
    var fields = line.split(" ", MOUNT_POINT_AT + 2);
    return fields.length > MOUNT_POINT_AT && unescape(fields[MOUNT_POINT_AT]).equals(mountPoint);
  }

  /// Whether the server behind this mount copies ranges of files when the kernel asks it to.
  static boolean copiesAtServer(Path mountPoint) throws IOException {
    return Files.readAllLines(TABLE).stream()
        .filter(line -> tells(line, mountPoint.toString()))
        .anyMatch(MountTable::isNfs42);
  }

  /// What is behind the hyphen: kind, server, options.
  static boolean isNfs42(String line) {
    int hyphen = line.indexOf(" - ");
    var rest = hyphen < 0 ? "" : line.substring(hyphen + 3);
    return rest.startsWith("nfs4 ") && rest.matches(".*[ ,]vers=4\\.[2-9]([ ,].*)?");
  }

  /// The kernel writes blanks and their like as three octal digits.
  private static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
