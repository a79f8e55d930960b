package io.kintsugi.scan;

import io.kintsugi.kernel.Pure;

/// What was done so far, in numbers that add up.
///
/// @param bytes logical bytes of the segments that were judged
/// @param physicalBytes read from origins
/// @param unreachable shards that could not be judged
@Pure
record Figures(long objects, long bytes, long physicalBytes, long issues, long unreachable) {
  static final Figures NONE = new Figures(0, 0, 0, 0, 0);

  Figures plus(Figures more) {
    return new Figures(
        objects + more.objects,
        bytes + more.bytes,
        physicalBytes + more.physicalBytes,
        issues + more.issues,
        unreachable + more.unreachable);
  }
}
