package io.kintsugi.mirror;

import io.kintsugi.mirror.Plan.Piece;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/// Which chunks of a file that was put together are read back before anybody believes it.
public final class Sample {
  /// A file that is no longer is read back whole.
  public static final long WHOLE_BYTES = 1 << 20;

  private static final long LEAST_BYTES = 256 << 10;
  private static final long MOST_BYTES = 4 << 20;

  /// Of the file.
  private static final int SHARE = 100;

  private Sample() {}

  /// First those on both sides of each seam, for there a piece may have gone astray, and the ends
  /// of the file; then any others, up to a hundredth of the file.
  ///
  /// @return numbers of chunks, ascending
  public static List<Integer> of(Recipe recipe, List<Piece> pieces, RandomGenerator random) {
    var chosen = new TreeSet<Integer>();
    if (recipe.sizeBytes() <= WHOLE_BYTES) {
      for (int i = 0; i < recipe.count(); i++) {
        chosen.add(i);
      }
      return List.copyOf(chosen);
    }
    long left = Math.clamp(recipe.sizeBytes() / SHARE, LEAST_BYTES, MOST_BYTES);
    left = choose(chosen, recipe, 0, left);
    left = choose(chosen, recipe, recipe.count() - 1, left);
    for (var piece : pieces) {
      left = choose(chosen, recipe, piece.firstChunk(), left);
      left = choose(chosen, recipe, Math.max(0, piece.firstChunk() - 1), left);
    }
    for (int i = 0; i < recipe.count() && left > 0; i++) {
      left = choose(chosen, recipe, random.nextInt(recipe.count()), left);
    }
    return List.copyOf(chosen);
  }

  private static long choose(Set<Integer> chosen, Recipe recipe, int chunk, long leftBytes) {
    int length = recipe.lengthBytes(chunk);
    return length <= leftBytes && chosen.add(chunk) ? leftBytes - length : leftBytes;
  }
}
