package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract.JournalState;
import io.kintsugi.journal.Found.Bearer;
import io.kintsugi.kernel.Pure;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Whether the catalog may be used, as far as the origins tell.
///
/// @param code see [io.kintsugi.contract.CatalogJournalContract.GuardState]
/// @param clusterId the cluster that the origins belong to, where it is not the catalog's
@Pure
record Verdict(String code, @Nullable String reason, @Nullable String clusterId) {
  static final Verdict FREE = new Verdict("free", null, null);

  boolean isFree() {
    return code.equals("free");
  }

  /// Origins by whether the last change that they and the catalog know reads the same in both;
  /// those where there is none to compare are in neither.
  record Words(List<String> same, List<String> other) {
    Words {
      same = List.copyOf(same);
      other = List.copyOf(other);
    }
  }

  static Verdict of(JournalState catalog, Found found, Words words) {
    if (catalog.rebuilding()) {
      return new Verdict("rebuilding", "a rebuild of it began and did not end", null);
    }
    var sealed = found.bearers().stream().filter(b -> b.clusterId() != null).toList();
    var ours = found.of(catalog.clusterId());
    if (catalog.seq() == 0 && !sealed.isEmpty()) {
      return new Verdict(
          "lost",
          "it is empty, but %d of %d origins hold data (%s)"
              .formatted(sealed.size(), found.bearers().size(), names(sealed)),
          ours.isEmpty() ? mostCommon(sealed) : null);
    }
    if (ours.isEmpty() && !sealed.isEmpty()) {
      return new Verdict(
          "other-cluster",
          "the origins (%s) belong to cluster %s".formatted(names(sealed), mostCommon(sealed)),
          null);
    }
    // First: what an origin with another story knows besides must not be replayed onto this one.
    if (!words.other().isEmpty()) {
      return new Verdict("forked", forked(words), null);
    }
    long last = found.lastSeq(catalog.clusterId());
    if (last > catalog.seq()) {
      var ahead = ours.stream().filter(b -> b.lastSeq() > catalog.seq()).toList();
      return new Verdict(
          "behind",
          "it ends at change %d, but the origins know %d (%s): an older state was restored"
              .formatted(catalog.seq(), last, names(ahead)),
          null);
    }
    return FREE;
  }

  private static String forked(Words words) {
    return words.same().isEmpty()
        ? "its changes are not those that the origins know: an older state was restored and"
            + " written on"
        : "its changes are those that %s know, but not those of %s: away when the catalog was rebuilt?"
            .formatted(String.join(", ", words.same()), String.join(", ", words.other()));
  }

  private static String names(List<Bearer> bearers) {
    return bearers.stream().map(b -> b.origin().id()).collect(Collectors.joining(", "));
  }

  private static @Nullable String mostCommon(List<Bearer> bearers) {
    var counts = new TreeMap<String, Long>();
    bearers.stream()
        .map(Bearer::clusterId)
        .filter(Objects::nonNull)
        .forEach(id -> counts.merge(id, 1L, Long::sum));
    return counts.entrySet().stream()
        .max(Comparator.comparingLong(java.util.Map.Entry::getValue))
        .map(java.util.Map.Entry::getKey)
        .orElse(null);
  }
}
