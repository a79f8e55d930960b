package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.SnapshotRow;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.List;

/// The body of a journal record: a line that says which cluster it belongs to, then one line per
/// change or row.
@Pure
final class Lines {
  /// The first line.
  record Head(String cluster) {}

  /// What a body holds.
  record Body<T>(String cluster, List<T> entries) {}

  private Lines() {}

  static String changes(String cluster, List<Change> changes) {
    return body(cluster, changes);
  }

  static String rows(String cluster, List<SnapshotRow> rows) {
    return body(cluster, rows);
  }

  private static String body(String cluster, List<? extends Record> entries) {
    var text = new StringBuilder(Json.text(new Head(cluster))).append('\n');
    entries.forEach(entry -> text.append(Json.text(entry)).append('\n'));
    return text.toString();
  }

  /// Which cluster a body belongs to; an [IllegalArgumentException] if it does not say.
  static String cluster(String body) {
    int end = body.indexOf('\n');
    if (end < 0) {
      throw new IllegalArgumentException("a body without lines");
    }
    return Json.decode(body.substring(0, end), Head.class).cluster();
  }

  /// The entries; an [IllegalArgumentException] if one cannot be read.
  static <T extends Record> List<T> entries(String body, Class<T> type) {
    var entries = new ArrayList<T>();
    int at = body.indexOf('\n') + 1;
    while (at < body.length()) {
      int end = body.indexOf('\n', at);
      entries.add(Json.decode(body.substring(at, end < 0 ? body.length() : end), type));
      at = end < 0 ? body.length() : end + 1;
    }
    return entries;
  }
}
