package io.kintsugi.catalog;

import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Ids and texts as PostgreSQL keeps them. The 32 hex digits of an id are kept as a uuid, whose
/// order is the same.
@Pure
final class Ids {
  private static final HexFormat HEX = HexFormat.of();
  private static final int KEY_BYTES_MAX = 1024;

  private Ids() {}

  /// Reads an id of ours that a neighbour passed on.
  static UUID uuid(String hex) {
    if (!WriteId.isValid(hex)) {
      throw invalid("'" + hex + "' is not an id of 32 hex digits");
    }
    return new UUID(
        HexFormat.fromHexDigitsToLong(hex, 0, 16), HexFormat.fromHexDigitsToLong(hex, 16, 32));
  }

  /// Reads an id that a client may have made up; null if it cannot name anything.
  static @Nullable UUID uuidOrNull(String hex) {
    return WriteId.isValid(hex) ? uuid(hex) : null;
  }

  static String hex(UUID id) {
    return HEX.toHexDigits(id.getMostSignificantBits())
        + HEX.toHexDigits(id.getLeastSignificantBits());
  }

  /// Reads `<word>-<n>`; null if it is not of that form.
  static @Nullable Long number(String word, String id) {
    var start = word + "-";
    if (!id.startsWith(start) || id.length() > start.length() + 18) {
      return null;
    }
    var digits = id.substring(start.length());
    boolean plain = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return plain ? (Long) Long.parseLong(digits) : null;
  }

  static void requireKey(String key) {
    if (key.isEmpty()) {
      throw invalid("the key is empty");
    }
    requireText("key", key);
    if (key.getBytes(StandardCharsets.UTF_8).length > KEY_BYTES_MAX) {
      throw invalid("the key is longer than " + KEY_BYTES_MAX + " bytes");
    }
  }

  static void requireTexts(String what, Map<String, String> texts) {
    texts.forEach((name, value) -> {
      requireText(what, name);
      requireText(what, value);
    });
  }

  /// PostgreSQL keeps no NUL, and a lone surrogate would silently become a question mark.
  static void requireText(String what, @Nullable String text) {
    if (text != null && !isSound(text)) {
      throw invalid("the " + what + " holds a NUL or is not well-formed Unicode");
    }
  }

  static boolean isSound(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        return false;
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  static Failure invalid(String message) {
    return Failure.of(FailureCode.INVALID_REQUEST, message);
  }

  static Failure notFound(String what, String message) {
    return Failure.of(FailureCode.NOT_FOUND, message, "what", what);
  }

  static Failure noBucket(String name) {
    return notFound("bucket", "no bucket " + name);
  }

  static Failure conflict(String what, String message) {
    return Failure.of(FailureCode.CONFLICT, message, "what", what);
  }
}
