package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogDeedContract.Place;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.kernel.Pure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is still to be shown of the copies of a key after something was done to it that has not
/// reached each of its origins.
///
/// @param shown copies that are not older than the deed
/// @param excused silent origins of which it is known what they would tell: what was there before
///   the deed
/// @param inDoubt whether the deed took place cannot be told now
@Pure
record Covering(List<Seen> shown, Set<String> excused, boolean inDoubt) {
  Covering {
    shown = List.copyOf(shown);
    excused = Set.copyOf(excused);
  }

  /// @param silent origins that did not tell
  static Covering of(@Nullable Deed deed, List<Seen> seen, Set<String> silent) {
    if (deed == null) {
      return new Covering(seen, Set.of(), false);
    }
    var later = uncovered(deed.places(), deed.made(), seen);
    if (!deed.open() || tookPlace(deed, seen)) {
      var excused = new HashSet<String>();
      deed.places().forEach(place -> excused.add(place.originId()));
      excused.retainAll(silent);
      return new Covering(later, excused, false);
    }
    boolean inDoubt =
        deed.places().stream()
            .anyMatch(place -> place.target() && silent.contains(place.originId()));
    var before = deed.beforeMade();
    return new Covering(
        before == null ? seen : uncovered(deed.before(), before, seen), Set.of(), inDoubt);
  }

  /// Whether a copy stands that this deed may have written: at one of its places, of the right
  /// size, and not what was there before.
  static boolean tookPlace(Deed deed, List<Seen> seen) {
    return seen.stream()
        .anyMatch(copy -> {
          var place = place(deed.places(), copy.source().originId(), copy.path());
          return place != null
              && place.target()
              && copy.stamp().sizeBytes() == deed.sizeBytes()
              && !covers(place, deed.made(), copy.stamp());
        });
  }

  private static List<Seen> uncovered(List<Place> places, Instant made, List<Seen> seen) {
    var rest = new ArrayList<Seen>();
    for (var copy : seen) {
      var place = place(places, copy.source().originId(), copy.path());
      if (place == null || !covers(place, made, copy.stamp())) {
        rest.add(copy);
      }
    }
    return rest;
  }

  static @Nullable Place place(List<Place> places, String originId, String path) {
    for (var place : places) {
      if (place.originId().equals(originId) && place.path().equals(path)) {
        return place;
      }
    }
    return null;
  }

  /// Whether what is there is what was there before the deed. On an origin that told what it had,
  /// only that very file is; on one that was silent, whatever was last written before the deed. A
  /// file of which neither can be said is somebody else's new one.
  static boolean covers(Place place, Instant made, FileStamp now) {
    var known = place.stamp();
    if (known != null
        && known.sizeBytes() == now.sizeBytes()
        && known.modified().equals(now.modified())) {
      return true;
    }
    return !place.seen() && now.modified().isAfter(Instant.EPOCH) && now.modified().isBefore(made);
  }
}
