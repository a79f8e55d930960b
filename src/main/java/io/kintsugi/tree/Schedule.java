package io.kintsugi.tree;

import io.kintsugi.contract.TreeCareContract.Care;
import io.kintsugi.contract.TreeCareContract.Verification;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Pure;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// When the files of a tree are read again.
@Pure
final class Schedule {
  /// A tree that was just made is looked at by people first.
  private static final Duration FIRST = Duration.ofHours(1);

  private Schedule() {}

  /// When it begins; null: only when somebody asks for it.
  ///
  /// @param last null: there was none
  static @Nullable Instant due(Tree tree, @Nullable Verification last) {
    long everyMillis = tree.cared().verifyEveryMillis();
    if (everyMillis == Care.NEVER) {
      return null;
    }
    if (last == null) {
      return tree.created().plus(FIRST);
    }
    var ended = last.ended();
    return ended == null ? last.started() : ended.plusMillis(everyMillis);
  }

  /// What was read of an earlier tree of that name says nothing.
  static boolean isOf(Tree tree, Verification verification) {
    return !verification.started().isBefore(tree.created());
  }
}
