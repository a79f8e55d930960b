package io.kintsugi.rest;

import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Versions of things as entity tags.
final class Versions {
  private static final Pattern TAG = Pattern.compile("(?:W/)?\"?(\\d{1,18})\"?");

  private Versions() {}

  static Map<String, String> etag(long version) {
    return Map.of("ETag", "\"" + version + "\"");
  }

  /// The version the caller saw; null for any.
  static @Nullable Long ifMatch(Asked asked) throws Failure {
    var header = asked.header("If-Match");
    if (header == null || header.strip().equals("*")) {
      return null;
    }
    var tag = TAG.matcher(header.strip());
    if (tag.matches()) {
      return Long.parseLong(tag.group(1));
    }
    throw Failure.of(
        FailureCode.PRECONDITION_FAILED,
        "If-Match must be one ETag as this API gave it, such as \"3\"");
  }

  /// True if the caller wants the thing to be there already.
  static boolean mustExist(Asked asked) {
    return asked.header("If-Match") != null;
  }
}
