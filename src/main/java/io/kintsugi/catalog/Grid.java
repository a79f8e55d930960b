package io.kintsugi.catalog;

import io.vertx.core.buffer.Buffer;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Rows to be sent as one array per column, for `unnest`: one statement whatever their number.
final class Grid {
  /// What a column holds.
  enum Type {
    ID,
    INT,
    LONG,
    TEXT,
    BOOL,
    TIME,
    BYTES;

    private Object[] array(int length) {
      return switch (this) {
        case ID -> new UUID[length];
        case INT -> new Integer[length];
        case LONG -> new Long[length];
        case TEXT -> new String[length];
        case BOOL -> new Boolean[length];
        case TIME -> new OffsetDateTime[length];
        case BYTES -> new Buffer[length];
      };
    }
  }

  private final List<Type> types;
  private final List<List<@Nullable Object>> columns = new ArrayList<>();

  Grid(Type... types) {
    this.types = List.of(types);
    for (int i = 0; i < types.length; i++) {
      columns.add(new ArrayList<>());
    }
  }

  void add(@Nullable Object... values) {
    if (values.length != columns.size()) {
      throw new IllegalArgumentException(values.length + " values for " + columns.size());
    }
    for (int i = 0; i < values.length; i++) {
      columns.get(i).add(values[i]);
    }
  }

  boolean isEmpty() {
    return columns.getFirst().isEmpty();
  }

  int size() {
    return columns.getFirst().size();
  }

  /// The columns as arrays, in order, behind whatever goes before.
  Object[] values(Object... before) {
    var values = new Object[before.length + columns.size()];
    System.arraycopy(before, 0, values, 0, before.length);
    for (int i = 0; i < columns.size(); i++) {
      var column = columns.get(i);
      values[before.length + i] = column.toArray(types.get(i).array(column.size()));
    }
    return values;
  }
}
