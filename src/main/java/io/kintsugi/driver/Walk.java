package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Entry;
import io.kintsugi.driver.Driver.Identity;
import io.kintsugi.driver.Driver.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All that lies below a folder, in the order of the UTF-8 bytes of whole paths, where a folder's
/// path ends in `/`. It can be taken up after any path, by another process too.
///
/// The end is told only after everything was listed, below a root that was the same all the while.
/// Whatever else happens is an exception, and the walk may be asked to go on from where it stood.
/// It sees no snapshot: what comes or goes meanwhile may be met or not. Blocks; used by one thread
/// at a time.
public final class Walk {
  private static final int PAGE_ENTRIES = 4096;

  /// Of folders above this many levels the rest of the page is kept; deeper ones are listed again
  /// when the walk comes back to them.
  private static final int LEVELS_KEPT = 16;

  /// One name that was met.
  ///
  /// @param cursor its path, by which a walk can be taken up again after it
  public record Found(String cursor, Entry entry) {
    /// Relative to the root of the place.
    public String path() {
      return entry.kind() == Kind.FOLDER ? cursor.substring(0, cursor.length() - 1) : cursor;
    }
  }

  /// Some of what was met.
  ///
  /// @param end nothing comes after these
  public record Batch(List<Found> found, boolean end) {
    public Batch {
      found = List.copyOf(found);
    }
  }

  /// A folder on the way from the top to where the walk stands.
  private static final class Level {
    /// Ends in `/`; empty for the root.
    private final String prefix;

    private final Deque<Entry> page = new ArrayDeque<>();

    /// All up to this key has been given out.
    private String given;

    /// The next page begins after it; null if there is none.
    private @Nullable String next;

    Level(String prefix, String given) {
      this.prefix = prefix;
      this.given = given;
      next = given;
    }

    String folder() {
      return prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1);
    }

    /// Forgets what was listed ahead.
    void drop() {
      page.clear();
      next = given;
    }
  }

  private final Driver driver;
  private final int pageEntries;
  private final Deque<Level> levels = new ArrayDeque<>();
  private final String top;
  private @Nullable Identity root;

  /// @param folder where it begins; `""` for the root
  /// @param after the last [Found#cursor] of an earlier walk; `""` for the beginning
  public Walk(Driver driver, String folder, String after) {
    this(driver, folder, after, PAGE_ENTRIES);
  }

  Walk(Driver driver, String folder, String after, int pageEntries) {
    this.driver = driver;
    this.pageEntries = pageEntries;
    top = folder.isEmpty() ? "" : folder + "/";
    descend(after.isEmpty() || after.equals(top) ? "" : within(after));
  }

  private String within(String after) {
    if (!after.startsWith(top)) {
      throw new IllegalArgumentException("not below " + top + ": " + after);
    }
    return after.substring(top.length());
  }

  /// Puts down one level for each folder of a path, each after its part of it.
  private void descend(String after) {
    var prefix = top;
    var rest = after;
    while (true) {
      int slash = rest.indexOf('/');
      if (slash < 0) {
        levels.push(new Level(prefix, rest));
        return;
      }
      levels.push(new Level(prefix, rest.substring(0, slash + 1)));
      prefix += rest.substring(0, slash + 1);
      rest = rest.substring(slash + 1);
    }
  }

  /// The next entries, at most `limit` of them; fewer come at the end, and before a fault.
  public Batch next(int limit) throws DriverException {
    if (root == null) {
      root = driver.identity();
    }
    var found = new ArrayList<Found>();
    try {
      while (found.size() < limit && !levels.isEmpty()) {
        var level = levels.element();
        if (level.page.isEmpty() && !fill(level)) {
          ascend();
        }
        take(level, limit, found);
      }
    } catch (DriverException e) {
      if (found.isEmpty()) {
        throw e;
      }
      // What is at hand is given out first; the next call meets the fault again.
    }
    return new Batch(found, levels.isEmpty());
  }

  private void take(Level level, int limit, List<Found> found) {
    while (found.size() < limit && !level.page.isEmpty()) {
      var entry = level.page.remove();
      level.given = entry.key();
      found.add(new Found(level.prefix + entry.key(), entry));
      if (entry.kind() == Kind.FOLDER) {
        if (levels.size() >= LEVELS_KEPT) {
          level.drop();
        }
        levels.push(new Level(level.prefix + entry.key(), ""));
        return;
      }
    }
  }

  /// False if the folder has no more.
  private boolean fill(Level level) throws DriverException {
    while (level.page.isEmpty() && level.next != null) {
      try {
        var page = driver.list(level.folder(), level.next, pageEntries);
        level.page.addAll(page.entries());
        level.next = page.next();
      } catch (DriverException e) {
        if (!(e.fault() instanceof Fault.NotFound) || level.prefix.equals(top)) {
          throw e;
        }
        // Removed since it was met. If more than this folder went, the levels above will tell.
        level.next = null;
      }
    }
    return !level.page.isEmpty();
  }

  private void ascend() throws DriverException {
    if (levels.size() == 1 && !driver.identity().equals(root)) {
      throw new DriverException(
          new Fault.Disconnected("", "another folder stands where the walk began"));
    }
    levels.pop();
  }
}
