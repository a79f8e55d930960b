package io.kintsugi.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is mounted where, as the kernel's list tells; the mounts themselves are not touched.
final class Mounts {
  private static final Path LIST = Path.of("/proc/self/mountinfo");
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");
  private static final int PLACE_FIELD = 4;

  /// One mount.
  ///
  /// @param source such as `kintsugi:photos`
  record Mount(String type, String source) {
    boolean isOurs() {
      return type.equals("fuse.rclone") && source.startsWith(Rclone.REMOTE + ":");
    }
  }

  private Mounts() {}

  /// What is mounted at a directory, on top.
  static Optional<Mount> at(Path directory) {
    try {
      return at(Files.readString(LIST), directory.toString());
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot tell what is mounted: " + e.getMessage(), e);
    }
  }

  static Optional<Mount> at(String list, String directory) {
    return list.lines()
        .map(line -> line.split(" ", -1))
        .filter(fields -> fields.length > PLACE_FIELD)
        .filter(fields -> plain(fields[PLACE_FIELD]).equals(directory))
        .reduce((_, upper) -> upper)
        .map(Mounts::mount);
  }

  /// The fields behind the dash, of which there may be any number before it.
  private static Mount mount(String[] fields) {
    int dash = PLACE_FIELD + 1;
    while (dash < fields.length && !fields[dash].equals("-")) {
      dash++;
    }
    return dash + 2 < fields.length
        ? new Mount(plain(fields[dash + 1]), plain(fields[dash + 2]))
        : new Mount("unknown", "unknown");
  }

  /// The list escapes spaces and the like.
  private static String plain(String field) {
    return OCTAL
        .matcher(field)
        .replaceAll(match ->
            Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(match.group(1), 8))));
  }
}
