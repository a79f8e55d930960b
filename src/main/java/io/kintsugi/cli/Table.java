package io.kintsugi.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Rows under headings, columns as wide as they must be.
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    rows.add(List.of(headings));
  }

  Table row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  void print(PrintStream out, String indent) {
    for (var row : rows) {
      var line = new StringBuilder(indent);
      for (int i = 0; i < row.size(); i++) {
        var cell = row.get(i);
        line.append(cell);
        if (i < row.size() - 1) {
          line.repeat(' ', width(i) - cell.length() + 2);
        }
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private int width(int column) {
    int width = 0;
    for (var row : rows) {
      if (column < row.size()) {
        width = Math.max(width, row.get(column).length());
      }
    }
    return width;
  }
}
