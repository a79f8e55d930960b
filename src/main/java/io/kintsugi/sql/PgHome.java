package io.kintsugi.sql;

import io.kintsugi.sql.SqlFailure.Code;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/// `<data>/postgres`: the database, its password and port, and the server's log.
///
/// @param root an absolute path without symbolic links
record PgHome(Path root) {
  static final String DRAFT_PREFIX = "initializing-";

  private static final int PASSWORD_BYTES = 32;
  private static final int LOG_BYTES_MAX = 8 * 1024 * 1024;
  private static final int TAIL_BYTES_MAX = 4 * 1024;

  static PgHome in(Path dataDir) throws IOException {
    var data = dataDir.toRealPath();
    // pg_ctl hands the path to a shell between double quotes.
    if (data.toString().matches("(?s).*[\"$`\\\\'\\n\\r].*")) {
      throw new SqlFailure(
          Code.FILE_ERROR,
          "PostgreSQL cannot live under " + data,
          "Choose a data directory without quotes, '$', '`', backslashes and line breaks in its path.");
    }
    var root = data.resolve("postgres");
    PrivateFiles.createDirectory(root);
    PrivateFiles.deleteLeftovers(root, "command-");
    return new PgHome(root.toRealPath());
  }

  Path directory() {
    return root.resolve("data");
  }

  Path log() {
    return root.resolve("server.log");
  }

  boolean hasDatabase() {
    return Files.exists(directory().resolve("PG_VERSION"));
  }

  /// The password of the only user. It is on disk before the first database is made with it.
  String password() throws IOException {
    var file = root.resolve("password");
    if (Files.exists(file)) {
      return Files.readString(file).strip();
    }
    if (hasDatabase()) {
      throw new SqlFailure(
          Code.PASSWORD_MISSING,
          "the database exists, but its password file " + file + " does not",
          "Put the file back, for example from a backup.");
    }
    var bytes = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(bytes);
    var password = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    PrivateFiles.write(file, password + "\n");
    return password;
  }

  /// The port of the last start if it is free, else another one.
  int freePort() throws IOException {
    var file = root.resolve("port");
    if (Files.exists(file)) {
      try {
        var kept = Integer.parseInt(Files.readString(file).strip());
        if (isFree(kept)) {
          return kept;
        }
      } catch (NumberFormatException _) {
        return otherPort();
      }
    }
    return otherPort();
  }

  /// A free port of the system's choice.
  int otherPort() throws IOException {
    try (var socket = new ServerSocket(0, 1, loopback())) {
      return socket.getLocalPort();
    }
  }

  void keepPort(int port) throws IOException {
    PrivateFiles.write(root.resolve("port"), port + "\n");
  }

  /// Makes the log ready for a server under this account, and answers where its new words begin.
  long openLog(Account account) throws IOException {
    if (Files.exists(log()) && Files.size(log()) > LOG_BYTES_MAX) {
      PrivateFiles.publish(log(), root.resolve("server.log.1"));
    }
    PrivateFiles.createPrivate(log()).close();
    if (account instanceof Account.Other(var uid, _)) {
      PrivateFiles.giveTo(uid, log());
    }
    return Files.size(log());
  }

  /// What the server wrote since, at most its last few lines.
  String logSince(long position) throws IOException {
    try (var file = new RandomAccessFile(log().toFile(), "r")) {
      var from = Math.max(Math.min(position, file.length()), file.length() - TAIL_BYTES_MAX);
      var bytes = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8).strip();
    }
  }

  private static boolean isFree(int port) throws IOException {
    try (var socket = new ServerSocket()) {
      // As PostgreSQL itself does: old connections in TIME_WAIT do not make a port taken.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(loopback(), port), 1);
      return true;
    } catch (java.net.BindException | IllegalArgumentException _) {
      return false;
    }
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }
}
