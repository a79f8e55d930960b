package io.kintsugi.tree;

import io.kintsugi.kernel.Pure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Ascending items of several sources, merged into ascending keys with all that bear each. It needs
/// an item of every source that has more before it can say what comes next, and keeps no more than
/// it was given.
@Pure
final class Merge {
  private static final class Line {
    private final Deque<Item> items = new ArrayDeque<>();
    private boolean ended;
  }

  private final List<Line> lines = new ArrayList<>();

  Merge(int sources) {
    for (int i = 0; i < sources; i++) {
      lines.add(new Line());
    }
  }

  /// The sources that must give more, or end, before anything is known.
  List<Integer> wanting() {
    var wanting = new ArrayList<Integer>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).items.isEmpty() && !lines.get(i).ended) {
        wanting.add(i);
      }
    }
    return wanting;
  }

  /// Items that come after all that this source gave before.
  void add(int source, List<Item> items) {
    lines.get(source).items.addAll(items);
  }

  void end(int source) {
    lines.get(source).ended = true;
  }

  /// All items of the smallest key; null: there are no more.
  @Nullable List<Item> next() {
    if (!wanting().isEmpty()) {
      throw new IllegalStateException("not every source has told what comes next");
    }
    String smallest = null;
    for (var line : lines) {
      var item = line.items.peek();
      if (item != null && (smallest == null || KeyOrder.isBefore(item.key(), smallest))) {
        smallest = item.key();
      }
    }
    if (smallest == null) {
      return null;
    }
    var group = new ArrayList<Item>();
    for (var line : lines) {
      // Never more than one, unless a source repeats itself, which does no harm.
      while (!line.items.isEmpty() && line.items.element().key().equals(smallest)) {
        var item = line.items.remove();
        if (group.stream().noneMatch(other -> other.source().equals(item.source()))) {
          group.add(item);
        }
      }
    }
    return group;
  }
}
