package io.kintsugi.format;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/// The name of a journal file. A file is written by one process life, by appending, and never
/// opened for writing again; a name is never given twice, not even where making the file failed.
///
/// @param life drawn at random by each process life
/// @param number of the file among those of its life
/// @param snapshot whether it tells a whole state, not changes
public record JournalName(long life, long number, boolean snapshot) {
  public static final String FOLDER = "journal";
  private static final String SNAPSHOT = ".snapshot";
  private static final int HEX_CHARS = 16;
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{16})-([0-7][0-9a-f]{15})(\\.snapshot)?");

  /// The name within its folder.
  public String fileName() {
    var hex = HexFormat.of();
    return hex.toHexDigits(life) + "-" + hex.toHexDigits(number) + (snapshot ? SNAPSHOT : "");
  }

  public String path() {
    return FOLDER + "/" + fileName();
  }

  /// Reads a name within the folder; empty if it is no journal's.
  public static Optional<JournalName> parse(String fileName) {
    var match = NAME.matcher(fileName);
    if (!match.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new JournalName(
            HexFormat.fromHexDigitsToLong(fileName, 0, HEX_CHARS),
            HexFormat.fromHexDigitsToLong(fileName, HEX_CHARS + 1, 2 * HEX_CHARS + 1),
            match.group(3) != null));
  }
}
