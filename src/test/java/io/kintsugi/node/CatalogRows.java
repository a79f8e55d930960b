package io.kintsugi.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// What a node's catalog has written down, read from beside it: for what no edge tells.
final class CatalogRows {
  private final Path data;

  CatalogRows(Path data) {
    this.data = data;
  }

  /// The first column of every row, as text.
  List<String> read(String query) throws IOException, SQLException {
    var address =
        io.kintsugi.sql.PgAddress.parse(Files.readString(data.resolve("postgres.uri")).strip());
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      var found = new ArrayList<String>();
      while (rows.next()) {
        found.add(String.valueOf(rows.getString(1)));
      }
      return found;
    }
  }
}
