package io.kintsugi.catalog;

import io.kintsugi.contract.UploadContract.PartRef;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Whether the parts that a client names make an object.
@Pure
final class CompleteRules {
  static final int PARTS_MAX = 10_000;
  private static final long PART_BYTES_MIN = 5L << 20;
  private static final int MD5_CHARS = 32;

  private CompleteRules() {}

  /// A part as it is kept.
  record Kept(int number, UUID partId, long sizeBytes, String etag, int segments) {}

  /// Null if they do.
  static @Nullable Failure refusal(List<PartRef> named, Map<Integer, Kept> kept) {
    if (named.isEmpty() || named.size() > PARTS_MAX) {
      return failure("invalid-part", "name 1 to " + PARTS_MAX + " parts");
    }
    for (int i = 0; i < named.size(); i++) {
      var ref = named.get(i);
      if (i > 0 && ref.number() <= named.get(i - 1).number()) {
        return failure("invalid-part-order", "part numbers must ascend");
      }
      var part = kept.get(ref.number());
      if (part == null || !part.etag().equals(normal(ref.etag()))) {
        return failure("invalid-part", "no part " + ref.number() + " with that etag");
      }
    }
    return tooSmall(named, kept);
  }

  private static @Nullable Failure tooSmall(List<PartRef> named, Map<Integer, Kept> kept) {
    for (var ref : named.subList(0, named.size() - 1)) {
      var part = kept.get(ref.number());
      if (part != null && part.sizeBytes() < PART_BYTES_MIN) {
        return Failure.of(
            FailureCode.INVALID_REQUEST,
            "part " + ref.number() + " has less than 5 MiB and is not the last",
            "what",
            "entity-too-small");
      }
    }
    return null;
  }

  /// One line per part: what a completion asked for again is compared with.
  static String named(List<PartRef> parts) {
    var text = new StringBuilder();
    parts.forEach(
        ref -> text.append(ref.number()).append(' ').append(normal(ref.etag())).append('\n'));
    return text.toString();
  }

  /// MD5 over the parts' MD5s, and how many there were.
  static String etag(List<PartRef> parts) {
    try {
      var md5 = MessageDigest.getInstance("MD5");
      parts.forEach(ref -> md5.update(HexFormat.of().parseHex(normal(ref.etag()))));
      return HexFormat.of().formatHex(md5.digest()) + "-" + parts.size();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static boolean isMd5(String etag) {
    return etag.length() == MD5_CHARS
        && etag.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  private static String normal(String etag) {
    return etag.toLowerCase(Locale.ROOT);
  }

  private static Failure failure(String what, String message) {
    return Failure.of(FailureCode.INVALID_REQUEST, message, "what", what);
  }
}
