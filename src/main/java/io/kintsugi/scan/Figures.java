package io.kintsugi.scan;

import io.kintsugi.kernel.Pure;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What was done so far, in numbers that add up.
///
/// @param bytes logical bytes of the segments that were judged
/// @param physicalBytes read from origins
/// @param unreachable shards that could not be judged
/// @param unreachableOrigins where they lie; null in what was kept before this was known
@Pure
record Figures(
    long objects,
    long bytes,
    long physicalBytes,
    long issues,
    long unreachable,
    @Nullable List<String> unreachableOrigins) {
  static final Figures NONE = new Figures(0, 0, 0, 0, 0, List.of());

  Figures {
    unreachableOrigins = unreachableOrigins == null ? null : List.copyOf(unreachableOrigins);
  }

  Figures plus(Figures more) {
    return new Figures(
        objects + more.objects,
        bytes + more.bytes,
        physicalBytes + more.physicalBytes,
        issues + more.issues,
        unreachable + more.unreachable,
        Stream.of(this, more).flatMap(Figures::away).distinct().sorted().toList());
  }

  private Stream<String> away() {
    return unreachableOrigins == null ? Stream.empty() : unreachableOrigins.stream();
  }
}
