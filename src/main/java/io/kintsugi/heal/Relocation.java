package io.kintsugi.heal;

import io.kintsugi.contract.OriginContract.OriginState;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is to be moved of a segment of which nothing is wrong. Each shard is read from itself
/// alone, every block of it checked, and its row points to the copy only once that was read back.
sealed interface Relocation {
  /// Bring these elsewhere.
  ///
  /// @param places where each goes; null: wherever there is room
  record Copy(List<Integer> indexes, @Nullable Map<Integer, OriginState> places)
      implements Relocation {
    public Copy {
      indexes = List.copyOf(indexes);
      places = places == null ? null : Map.copyOf(places);
    }
  }

  /// It cannot be done now.
  record Stuck(String reason) implements Relocation {}

  record Nothing() implements Relocation {}

  /// Decides.
  ///
  /// @param first nothing was moved in this attempt yet
  static Relocation next(Claim claim, Shards shards, boolean first) {
    if (claim.isRebalance()) {
      var place = first ? shards.evened() : Map.<Integer, OriginState>of();
      return place.isEmpty() ? new Nothing() : new Copy(List.copyOf(place.keySet()), place);
    }
    if (!claim.isMove()) {
      return new Nothing();
    }
    var leaving = shards.leaving();
    if (!leaving.isEmpty()) {
      return new Copy(leaving, null);
    }
    return shards.isStuck() ? new Stuck("what is to leave cannot be read now") : new Nothing();
  }
}
