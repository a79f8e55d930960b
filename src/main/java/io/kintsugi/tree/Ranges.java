package io.kintsugi.tree;

import io.kintsugi.contract.TreeContract.ReadEntry;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;

/// Which bytes of a file a reader wants.
@Pure
final class Ranges {
  record Slice(long offset, long lengthBytes) {}

  private Ranges() {}

  /// Fails with INVALID_RANGE if they miss the file.
  static Slice of(ReadEntry wanted, long sizeBytes) {
    var first = wanted.first();
    var last = wanted.last();
    var suffix = wanted.suffixBytes();
    if (suffix != null) {
      if (first != null || last != null || suffix < 0) {
        throw malformed("a range is either from an offset or a suffix");
      }
      long length = Math.min(suffix, sizeBytes);
      return slice(sizeBytes - length, length, sizeBytes);
    }
    if (first == null) {
      if (last != null) {
        throw malformed("a range has an end and no beginning");
      }
      return new Slice(0, sizeBytes);
    }
    if (first < 0 || (last != null && last < first)) {
      throw malformed("a range ends before it begins");
    }
    long end = last == null ? sizeBytes : Math.min(last, sizeBytes - 1) + 1;
    return slice(first, end - first, sizeBytes);
  }

  private static Slice slice(long offset, long lengthBytes, long sizeBytes) {
    if (lengthBytes <= 0) {
      throw Failure.of(
          FailureCode.INVALID_RANGE, "the range misses the file", "size", Long.toString(sizeBytes));
    }
    return new Slice(offset, lengthBytes);
  }

  private static Failure malformed(String reason) {
    return Failure.of(FailureCode.INVALID_REQUEST, reason);
  }
}
