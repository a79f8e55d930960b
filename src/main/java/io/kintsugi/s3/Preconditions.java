package io.kintsugi.s3;

import io.kintsugi.contract.Condition;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.kernel.Pure;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The conditions that a client puts on the object it reads.
///
/// @param ifMatch null: none; else ETags without quotes, or `*`
@Pure
record Preconditions(
    @Nullable List<String> ifMatch,
    @Nullable List<String> ifNoneMatch,
    @Nullable Instant ifModifiedSince,
    @Nullable Instant ifUnmodifiedSince) {
  /// What follows from them.
  enum Verdict {
    GO_ON,
    NOT_MODIFIED,
    FAILED
  }

  /// @param prefix of the headers' names: empty, or `x-amz-copy-source-`
  static Preconditions of(RequestHead head, String prefix) {
    return new Preconditions(
        etags(head.header(prefix + "if-match")),
        etags(head.header(prefix + "if-none-match")),
        Signature.httpDate(head.header(prefix + "if-modified-since")),
        Signature.httpDate(head.header(prefix + "if-unmodified-since")));
  }

  boolean isEmpty() {
    return ifMatch == null
        && ifNoneMatch == null
        && ifModifiedSince == null
        && ifUnmodifiedSince == null;
  }

  /// A date counts only where no ETag of its kind was given, and in whole seconds.
  Verdict judge(ObjectInfo info) {
    var modified = info.created().truncatedTo(ChronoUnit.SECONDS);
    if (ifMatch != null) {
      if (!matches(ifMatch, info.etag())) {
        return Verdict.FAILED;
      }
    } else if (ifUnmodifiedSince != null && modified.isAfter(ifUnmodifiedSince)) {
      return Verdict.FAILED;
    }
    if (ifNoneMatch != null) {
      return matches(ifNoneMatch, info.etag()) ? Verdict.NOT_MODIFIED : Verdict.GO_ON;
    }
    return ifModifiedSince != null && !modified.isAfter(ifModifiedSince)
        ? Verdict.NOT_MODIFIED
        : Verdict.GO_ON;
  }

  private static boolean matches(List<String> etags, String etag) {
    return etags.contains("*") || etags.contains(etag);
  }

  private static @Nullable List<String> etags(@Nullable String header) {
    if (header == null) {
      return null;
    }
    var etags = new ArrayList<String>();
    for (var part : header.split(",", -1)) {
      etags.add(etag(part));
    }
    return List.copyOf(etags);
  }

  /// An ETag without the quotes that most clients put around it.
  static String etag(String text) {
    var etag = text.strip();
    if (etag.startsWith("W/")) {
      etag = etag.substring(2);
    }
    return etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"")
        ? etag.substring(1, etag.length() - 1)
        : etag;
  }

  /// The conditions on the key that a request writes.
  static Condition ofTarget(RequestHead head) {
    var match = head.header("if-match");
    var none = head.header("if-none-match");
    return match == null && none == null
        ? Condition.NONE
        : new Condition(match == null ? null : etag(match), none == null ? null : etag(none));
  }
}
