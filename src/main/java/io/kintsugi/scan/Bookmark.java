package io.kintsugi.scan;

import io.kintsugi.kernel.Pure;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a scan is, as it is kept with the scan: who finds it can go on from here.
///
/// @param begun its leaves were known once
/// @param first leaves that are walked before all others, because a priority bucket lies there
/// @param leaf the last leaf up to which everything was looked at; null before the first
/// @param inFirst whether that leaf is one of `first`
/// @param fraction 0 to 1
/// @param incarnations of the origins when the walk began
/// @param reason why it ended, if not by coming to the end
@Pure
record Bookmark(
    boolean begun,
    List<String> first,
    @Nullable String leaf,
    boolean inFirst,
    Figures figures,
    long objectsTotal,
    double fraction,
    long activeMillis,
    Map<String, String> incarnations,
    @Nullable String reason) {
  static final Bookmark START = start(0);

  Bookmark {
    first = List.copyOf(first);
    incarnations = Map.copyOf(incarnations);
  }

  /// Before the first leaf of so many objects.
  static Bookmark start(long objectsTotal) {
    return new Bookmark(
        false, List.of(), null, false, Figures.NONE, objectsTotal, 0, 0, Map.of(), null);
  }

  Bookmark because(String why) {
    return new Bookmark(
        begun,
        first,
        leaf,
        inFirst,
        figures,
        objectsTotal,
        fraction,
        activeMillis,
        incarnations,
        why);
  }
}
