package io.kintsugi.driver;

/// What may stand in a name.
final class Segments {
  private Segments() {}

  /// Refuses what could lead out of the root, or mean the same as another name.
  static void require(String name) throws DriverException {
    if (name.isEmpty()) {
      return;
    }
    for (var segment : name.split("/", -1)) {
      if (segment.isEmpty()
          || segment.equals(".")
          || segment.equals("..")
          || segment.indexOf('\0') >= 0) {
        throw new DriverException(new Fault.Io(name, "not a name within the root"));
      }
    }
  }

  /// The folder of a name; `""` if it lies in the root.
  static String folder(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('/')));
  }

  static String last(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
