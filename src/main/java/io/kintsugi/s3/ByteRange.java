package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A range of bytes as a client asks for it: `first` to `last` (null: to the end), or the last
/// `suffixBytes`.
@Pure
record ByteRange(@Nullable Long first, @Nullable Long last, @Nullable Long suffixBytes) {
  private static final Pattern SYNTAX = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

  /// A part of an object that is really there.
  record Slice(long offset, long lengthBytes) {}

  /// The range of a header. One that cannot be read, or more than one, counts as none: the whole
  /// object is then the answer, as RFC 9110 has it.
  static @Nullable ByteRange parse(@Nullable String header) {
    var match = header == null ? null : SYNTAX.matcher(header);
    if (match == null || !match.matches()) {
      return null;
    }
    var from = match.group(1);
    var to = match.group(2);
    if (from.isEmpty()) {
      return to.isEmpty() ? null : new ByteRange(null, null, Long.valueOf(to));
    }
    long first = Long.parseLong(from);
    if (to.isEmpty()) {
      return new ByteRange(first, null, null);
    }
    long last = Long.parseLong(to);
    return last < first ? null : new ByteRange(first, last, null);
  }

  /// The range of `x-amz-copy-source-range`, which must be complete.
  static ByteRange parseOfCopy(String header) {
    var range = parse(header);
    if (range == null || range.first() == null || range.last() == null) {
      throw S3Error.of(
          ErrorCode.INVALID_ARGUMENT,
          "The x-amz-copy-source-range value must be of the form bytes=first-last where first and"
              + " last are the zero-based offsets of the first and last bytes to copy.");
    }
    return range;
  }

  Slice within(long sizeBytes) {
    if (suffixBytes != null) {
      long length = Math.min(suffixBytes, sizeBytes);
      if (length == 0) {
        throw unsatisfiable(sizeBytes);
      }
      return new Slice(sizeBytes - length, length);
    }
    long from = first == null ? 0 : first;
    if (from >= sizeBytes) {
      throw unsatisfiable(sizeBytes);
    }
    long end = last == null ? sizeBytes : Math.min(sizeBytes, last + 1);
    return new Slice(from, end - from);
  }

  private static S3Error unsatisfiable(long sizeBytes) {
    return S3Error.of(
        ErrorCode.INVALID_RANGE,
        ErrorCode.INVALID_RANGE.sentence(),
        "ActualObjectSize",
        Long.toString(sizeBytes));
  }
}
