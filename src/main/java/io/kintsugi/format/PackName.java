package io.kintsugi.format;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/// The name of a pack: the write session of the process that wrote it, and a number that this
/// session drew once.
public record PackName(long session, long number) {
  public static final String FOLDER = "packs";

  private static final Pattern FILE = Pattern.compile("([0-9a-f]{16})-(0|[1-9][0-9]{0,17})");

  public PackName {
    Text.require(number >= 0, "the number of a pack is not negative");
  }

  /// Reads a path; empty if it is no pack's.
  public static Optional<PackName> parse(String path) {
    return path.startsWith(FOLDER + "/")
        ? parseFileName(path.substring(FOLDER.length() + 1))
        : Optional.empty();
  }

  /// Reads a name within the folder of packs; empty if it is no pack's.
  public static Optional<PackName> parseFileName(String name) {
    var match = FILE.matcher(name);
    return match.matches()
        ? Optional.of(
            new PackName(
                HexFormat.fromHexDigitsToLong(match.group(1)), Long.parseLong(match.group(2))))
        : Optional.empty();
  }

  public String path() {
    return FOLDER + "/" + HexFormat.of().toHexDigits(session) + "-" + number;
  }

  @Override
  public String toString() {
    return path();
  }
}
