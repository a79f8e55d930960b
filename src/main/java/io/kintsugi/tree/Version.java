package io.kintsugi.tree;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Copy;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.kernel.Pure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One content that a key has, and how every copy of the key stands to it.
///
/// @param lead the copy that stands for it
/// @param copies all there are, the lead first
@Pure
record Version(Seen lead, List<Related> copies) {
  static final String PRIORITY = "priority";
  static final String NEWEST = "newest";
  static final String KEEP_BOTH = "keep_both";

  /// So much of a hash tells contents apart. It is not as long as an MD5, for which clients would
  /// take it.
  private static final int ETAG_DIGITS = 40;

  private static final Comparator<Seen> PREFERRED =
      Comparator.<Seen>comparingInt(seen -> seen.source().priority()).thenComparingInt(Seen::order);

  /// A copy, in one of the words of [Copy#relation].
  record Related(Seen seen, String relation) {}

  Version {
    copies = List.copyOf(copies);
  }

  /// What a key shows, the content that goes first at the beginning; empty if there is no copy. The
  /// others are there only where both are to be kept.
  static List<Version> of(List<Seen> seen, String conflicts) {
    var versions = new ArrayList<Version>();
    var rest = new ArrayList<>(seen);
    rest.sort(order(conflicts));
    var first = first(rest);
    if (first == null) {
      return List.of();
    }
    versions.add(of(first, seen));
    if (conflicts.equals(KEEP_BOTH)) {
      rest.removeIf(copy -> !relation(first, copy).equals(Copy.DIFFERS));
      while (!rest.isEmpty()) {
        var next = rest.getFirst();
        versions.add(of(next, seen));
        rest.removeIf(copy -> !relation(next, copy).equals(Copy.DIFFERS));
      }
    }
    return versions;
  }

  private static Comparator<Seen> order(String conflicts) {
    return conflicts.equals(NEWEST)
        ? Comparator.<Seen, Instant>comparing(seen -> seen.stamp().modified())
            .reversed()
            .thenComparing(PREFERRED)
        : PREFERRED;
  }

  /// A rotten copy stands for the rest only if there is no other. One that is in doubt gives way to
  /// one that surely has the bytes it should have.
  private static @Nullable Seen first(List<Seen> ordered) {
    if (ordered.isEmpty()) {
      return null;
    }
    var first =
        ordered.stream().filter(seen -> !seen.isRotten()).findFirst().orElse(ordered.getFirst());
    var expected = first.doubtful();
    return expected == null
        ? first
        : ordered.stream().filter(seen -> expected.equals(seen.sha256())).findFirst().orElse(first);
  }

  private static Version of(Seen lead, List<Seen> seen) {
    var copies = new ArrayList<Related>();
    copies.add(new Related(lead, lead.isRotten() ? Copy.ROTTEN : Copy.CHOSEN));
    seen.stream()
        .filter(copy -> !copy.equals(lead))
        .sorted(PREFERRED)
        .forEach(copy -> copies.add(new Related(copy, relation(lead, copy))));
    return new Version(lead, copies);
  }

  private static String relation(Seen lead, Seen copy) {
    if (copy.isRotten()) {
      return Copy.ROTTEN;
    }
    if (copy.stamp().sizeBytes() != lead.stamp().sizeBytes()) {
      return Copy.DIFFERS;
    }
    var one = lead.sha256();
    var other = copy.sha256();
    if (one == null || other == null) {
      return Copy.UNVERIFIED;
    }
    return one.equals(other) ? Copy.SAME : Copy.DIFFERS;
  }

  /// The same with another of its copies in front.
  Version ledBy(Seen other) {
    return of(other, copies.stream().map(Related::seen).toList());
  }

  /// Copies that have this content for certain, or, if `certain` is not asked for, those that may.
  List<Seen> copies(boolean certain) {
    return copies.stream()
        .filter(copy ->
            switch (copy.relation()) {
              case Copy.CHOSEN, Copy.SAME -> certain;
              case Copy.UNVERIFIED -> !certain;
              default -> false;
            })
        .map(Related::seen)
        .toList();
  }

  FileStamp stamp() {
    return lead.stamp();
  }

  private String etag() {
    var sha256 = lead.sha256();
    if (sha256 != null) {
      return sha256.substring(0, ETAG_DIGITS);
    }
    var modified = stamp().modified();
    return "%x-%x-%x".formatted(stamp().sizeBytes(), modified.getEpochSecond(), modified.getNano());
  }

  Entry entry(String key, @Nullable String conflictOf) {
    var told = new ArrayList<Copy>();
    for (var copy : copies) {
      var seen = copy.seen();
      var sha256 = seen.sha256();
      told.add(
          new Copy(
              seen.source().originId(),
              seen.path(),
              seen.stamp(),
              copy.relation(),
              sha256,
              sha256 == null ? null : Objects.requireNonNull(seen.record()).verified()));
    }
    return new Entry(key, stamp(), etag(), lead.source().originId(), conflictOf, told);
  }
}
