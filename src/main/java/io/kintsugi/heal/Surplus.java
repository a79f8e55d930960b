package io.kintsugi.heal;

import io.kintsugi.contract.CatalogAbsenceContract.Trim;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/// Which copies of a shard that is there more than once are dropped. One always stays, and it is
/// one that was looked at.
@Pure
final class Surplus {
  private Surplus() {}

  /// Copies that are damaged beside a sound one are never mended, but dropped.
  ///
  /// @param copies all copies of one shard
  /// @param sound whether sound copies may be dropped too, for as long as one stays
  /// @param settled whether an origin can be relied on for good
  static List<Trim> of(
      String writeId, List<Known> copies, boolean sound, Predicate<String> settled) {
    var good = copies.stream().filter(Known::isHealthy).toList();
    if (copies.size() < 2 || good.isEmpty()) {
      return List.of();
    }
    var kept =
        good.stream()
            .filter(copy -> settled.test(copy.location().originId()))
            .min(bestFirst(writeId));
    if (kept.isEmpty()) {
      return List.of();
    }
    var stays = kept.get();
    var trims = new ArrayList<Trim>();
    for (var copy : copies) {
      boolean bad = copy.isDamaged() && !copy.isAbsent();
      boolean spare =
          sound
              && copy.isHealthy()
              && stays.deep()
              && settled.test(copy.location().originId())
              && !copy.equals(stays);
      if (bad || spare) {
        trims.add(
            new Trim(copy.index(), copy.location().attemptId(), stays.location().attemptId()));
      }
    }
    return trims;
  }

  /// Damaged copies beside a sound one. For as long as they are there, nobody may be told that all
  /// is well: they would count as sound from then on.
  ///
  /// @param copies all copies of one shard
  static List<Known> damaged(List<Known> copies) {
    return copies.stream().noneMatch(Known::isHealthy)
        ? List.of()
        : copies.stream().filter(copy -> copy.isDamaged() && !copy.isAbsent()).toList();
  }

  /// The one that was looked at whole; then the one that was written with its segment, so that what
  /// was added while an origin was away goes again.
  private static Comparator<Known> bestFirst(String writeId) {
    long session = WriteId.parse(writeId).session();
    return Comparator.comparing((Known copy) -> !copy.deep())
        .thenComparing(copy -> WriteId.parse(copy.location().attemptId()).session() != session)
        .thenComparing(copy -> copy.location().attemptId());
  }
}
