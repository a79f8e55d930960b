package io.kintsugi.sql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The settings of our own server: given at every start, and asked back at every start.
final class PgSettings {
  /// Given on the command line, which no configuration file can override. Modest, since the server
  /// shares the machine with the node.
  private static final Map<String, String> GIVEN = given();

  /// Decided when the database was made.
  private static final Map<String, String> INHERENT =
      Map.of("data_checksums", "on", "server_encoding", "UTF8");

  private PgSettings() {}

  private static Map<String, String> given() {
    var settings = new LinkedHashMap<String, String>();
    settings.put("fsync", "on");
    settings.put("synchronous_commit", "on");
    settings.put("full_page_writes", "on");
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("unix_socket_directories", "");
    settings.put("password_encryption", "scram-sha-256");
    settings.put("max_connections", "50");
    settings.put("shared_buffers", "64MB");
    settings.put("jit", "off");
    settings.put("log_checkpoints", "off");
    return settings;
  }

  /// The `-o` argument of pg_ctl, which passes it through a shell.
  static String options(int port) {
    // The time zone is not asked back, since each client may bring its own.
    return GIVEN.entrySet().stream()
        .map(setting -> "-c " + setting.getKey() + "='" + setting.getValue() + "'")
        .collect(
            Collectors.joining(" ", "", " -c TimeZone=UTC -c log_timezone=UTC -c port=" + port));
  }

  /// Every way in which the server differs from what it must be; empty if it is right.
  static List<String> differences(Connection connection, Path directory)
      throws SQLException, IOException {
    var found = new ArrayList<String>();
    for (var settings : List.of(GIVEN, INHERENT)) {
      for (var setting : settings.entrySet()) {
        compare(setting.getKey(), setting.getValue(), show(connection, setting.getKey()), found);
      }
    }
    var version = show(connection, "server_version").split(" ", 2)[0];
    compare("server_version", PgBinaries.VERSION, version, found);
    var place = Path.of(show(connection, "data_directory"));
    var real = Files.exists(place) ? place.toRealPath() : place;
    compare("data_directory", directory.toRealPath().toString(), real.toString(), found);
    var collation = "SELECT datcollate FROM pg_database WHERE datname = current_database()";
    compare("collation", "C", first(connection, collation), found);
    // A line that trusts, or sends the password in the clear, would let any local process in.
    var weak =
        "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method IS DISTINCT FROM 'scram-sha-256'";
    compare("lines of pg_hba.conf without SCRAM", "0", first(connection, weak), found);
    return found;
  }

  private static void compare(String name, String wanted, String found, List<String> differences) {
    if (!found.equals(wanted)) {
      differences.add(name + " is '" + found + "', must be '" + wanted + "'");
    }
  }

  private static String show(Connection connection, String name) throws SQLException {
    return first(connection, "SHOW " + name);
  }

  private static String first(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    }
  }
}
