package io.kintsugi.driver;

/// What names look like to an SMB server.
final class SmbNames {
  private static final String FORBIDDEN = "\\:*?\"<>|";

  private SmbNames() {}

  /// A path within the share. Refuses what the server would take for something else: a pattern, a
  /// stream of a file, a name that it cuts the end off.
  static String path(String root, String name) throws DriverException {
    Segments.require(name);
    for (var segment : name.split("/", -1)) {
      if (!isSayable(segment)) {
        throw new DriverException(new Fault.Io(name, "SMB cannot say this name"));
      }
    }
    var path = root.isEmpty() || name.isEmpty() ? root + name : root + "/" + name;
    return path.replace('/', '\\');
  }

  static boolean isSayable(String segment) {
    return !segment.endsWith(".")
        && !segment.endsWith(" ")
        && segment.chars().noneMatch(c -> c < ' ' || FORBIDDEN.indexOf(c) >= 0);
  }
}
