package io.kintsugi.tree;

import io.kintsugi.contract.TreeContract.ListEntries;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.Pure;
import org.jspecify.annotations.Nullable;

/// Which part of a tree is listed, and how: only what is right in one folder, where the delimiter
/// is that of folders, else everything below it.
///
/// @param folder ends in `/`, or is empty; every key that is wanted begins with it
/// @param deep folders are gone into
@Pure
record Scope(
    String folder,
    String prefix,
    @Nullable String delimiter,
    @Nullable String after,
    boolean deep) {
  static Scope of(ListEntries question) {
    var prefix = question.prefix();
    var delimiter = question.delimiter();
    var folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
    return new Scope(folder, prefix, delimiter, question.after(), !"/".equals(delimiter));
  }

  /// Nothing can be below a folder that has a name which none can have.
  boolean isPossible() {
    return folder.isEmpty() || Paths.isPossible(folder.substring(0, folder.length() - 1));
  }

  /// The folder on an origin, without a `/` at its end.
  String folderOn(Source source) {
    var path = Paths.of(source, folder);
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /// Behind which name within the folder a listing begins, perhaps a little early; null: nothing
  /// can come.
  @Nullable String start() {
    var rest = prefix.substring(folder.length());
    var low = rest.isEmpty() ? "" : rest.substring(0, rest.offsetByCodePoints(rest.length(), -1));
    if (after == null || KeyOrder.isBefore(after, folder)) {
      return low;
    }
    if (!after.startsWith(folder)) {
      return null;
    }
    var within = level(after.substring(folder.length()));
    return KeyOrder.isBefore(within, low) ? low : within;
  }

  /// Of a name in a folder that is not gone into, the folder itself is still to come.
  private String level(String within) {
    int slash = within.indexOf('/');
    return deep || slash < 0 || slash == within.length() - 1 ? within : within.substring(0, slash);
  }

  /// Where a key stands to what is wanted.
  enum Side {
    BEFORE,
    WITHIN,
    BEHIND
  }

  Side side(String key) {
    if (!key.startsWith(prefix)) {
      return KeyOrder.isBefore(key, prefix) ? Side.BEFORE : Side.BEHIND;
    }
    return after != null && KeyOrder.compare(key, after) <= 0 ? Side.BEFORE : Side.WITHIN;
  }

  /// What stands for all keys that have the delimiter where this one has it; null: it stands for
  /// itself.
  @Nullable String commonPrefix(String key) {
    if (delimiter == null || delimiter.isEmpty()) {
      return null;
    }
    int at = key.indexOf(delimiter, prefix.length());
    return at < 0 ? null : key.substring(0, at + delimiter.length());
  }
}
