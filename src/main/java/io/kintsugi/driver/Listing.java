package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Entry;
import io.kintsugi.driver.Driver.Page;
import java.util.ArrayList;
import java.util.Collections;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A page made from names that come in no order: keeps the first `limit` after a key and forgets
/// the rest, so a folder of any size takes the memory of one page.
///
/// Whether a name is a folder's may cost a question to the place, so it is asked only where the
/// order hangs on it.
///
/// @param <T> what stands for a name until the page is made
final class Listing<T> {
  interface Making<T> {
    /// Null if it is gone meanwhile.
    @Nullable Entry of(T item) throws DriverException;
  }

  private static final char SLASH = '/';

  private final class Candidate implements Comparable<Candidate> {
    private final @Nullable T item;
    private final String name;
    private @Nullable Boolean folder;

    Candidate(@Nullable T item, String name, @Nullable Boolean folder) {
      this.item = item;
      this.name = name;
      this.folder = folder;
    }

    boolean isFolder() {
      if (folder == null) {
        folder = item != null && folders.test(item);
      }
      return folder;
    }

    String key() {
      return isFolder() ? name + SLASH : name;
    }

    @Override
    public int compareTo(Candidate other) {
      if (name.length() < other.name.length() && other.name.startsWith(name)) {
        return isFolder() ? Character.compare(SLASH, other.name.charAt(name.length())) : -1;
      }
      if (name.length() > other.name.length() && name.startsWith(other.name)) {
        return -other.compareTo(this);
      }
      return name.equals(other.name)
          ? Boolean.compare(isFolder(), other.isFolder())
          : NameOrder.INSTANCE.compare(name, other.name);
    }
  }

  private final Candidate after;
  private final int limit;
  private final Predicate<T> folders;

  /// The last one first, to be the one that goes.
  private final PriorityQueue<Candidate> kept = new PriorityQueue<>(Collections.reverseOrder());

  private boolean more;

  /// @param after the key that the first one comes after
  Listing(String after, int limit, Predicate<T> folders) {
    if (limit < 1) {
      throw new IllegalArgumentException("a page has room for one entry at least: " + limit);
    }
    boolean folder = after.endsWith("/");
    var name = folder ? after.substring(0, after.length() - 1) : after;
    this.after = new Candidate(null, name, folder);
    this.limit = limit;
    this.folders = folders;
  }

  void add(T item, String name) {
    var candidate = new Candidate(item, name, null);
    if (Passing.is(name) || candidate.compareTo(after) <= 0) {
      return;
    }
    kept.add(candidate);
    if (kept.size() > limit) {
      kept.poll();
      more = true;
    }
  }

  Page page(Making<T> making) throws DriverException {
    var sorted = new ArrayList<>(kept);
    Collections.sort(sorted);
    var entries = new ArrayList<Entry>();
    for (var candidate : sorted) {
      var entry = candidate.item == null ? null : making.of(candidate.item);
      if (entry != null) {
        entries.add(entry);
      }
    }
    return new Page(entries, more ? sorted.getLast().key() : null);
  }
}
