package io.kintsugi.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Properties;

/// Where a PostgreSQL database is and who may enter. The password is in no text form of it.
public record PgAddress(
    String host, int port, String database, String user, String password, Tls tls) {
  /// How far the connection is protected, after libpq's `sslmode`.
  public enum Tls {
    /// Plain text.
    DISABLE,
    /// Encrypted; the certificate is not looked at.
    REQUIRE,
    /// Encrypted; the certificate must be trusted by the JVM and name the host.
    VERIFY_FULL
  }

  private static final int DEFAULT_PORT = 5432;
  private static final int CONNECT_TIMEOUT_SECONDS = 5;
  private static final int READ_TIMEOUT_SECONDS = 60;
  private static final int RECONNECT_ATTEMPTS = 3;
  private static final int RECONNECT_DELAY_MILLIS = 200;
  private static final int PIPELINED_MAX = 256;
  private static final String SHAPE =
      "Expected postgres://user:password@host:port/database, with special characters"
          + " percent-encoded, and ?sslmode=disable, require or verify-full.";

  public PgAddress {
    if (host.isBlank() || database.isBlank() || user.isBlank()) {
      throw invalid("host, user and database must not be empty");
    }
    if (port < 1 || port > 65_535) {
      throw invalid("the port must be between 1 and 65535");
    }
  }

  /// An address reached in plain text, as is right on loopback.
  public PgAddress(String host, int port, String database, String user, String password) {
    this(host, port, database, user, password, Tls.DISABLE);
  }

  /// Reads `postgres://` and `postgresql://`. No message ever repeats the text, since it holds the
  /// password.
  public static PgAddress parse(String uri) {
    var rest = withoutScheme(uri);
    if (rest.indexOf('#') >= 0) {
      throw invalid("'#' must be written %23");
    }
    var query = "";
    var question = rest.indexOf('?');
    if (question >= 0) {
      query = rest.substring(question + 1);
      rest = rest.substring(0, question);
    }
    var slash = rest.indexOf('/', Math.max(rest.lastIndexOf('@'), 0));
    var authority = slash < 0 ? rest : rest.substring(0, slash);
    var database = slash < 0 ? "" : decoded(rest.substring(slash + 1));
    var at = authority.lastIndexOf('@');
    if (at < 0) {
      throw invalid("the user is missing");
    }
    var login = authority.substring(0, at);
    var colon = login.indexOf(':');
    var user = decoded(colon < 0 ? login : login.substring(0, colon));
    var password = colon < 0 ? "" : decoded(login.substring(colon + 1));
    var place = place(authority.substring(at + 1));
    return new PgAddress(
        place.host, place.port, database.isEmpty() ? user : database, user, password, tls(query));
  }

  /// The same server and user, another database.
  public PgAddress withDatabase(String other) {
    return new PgAddress(host, port, other, user, password, tls);
  }

  /// For JDBC, without user and password.
  public String jdbcUrl() {
    var bracketed = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    var name = encoded(database);
    var protection =
        switch (tls) {
          case DISABLE -> "sslmode=disable";
          case REQUIRE -> "sslmode=require";
          case VERIFY_FULL ->
              "sslmode=verify-full&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory";
        };
    return "jdbc:postgresql://%s:%d/%s?%s&connectTimeout=%d&gssEncMode=disable&ApplicationName=kintsugi"
        .formatted(bracketed, port, name, protection, CONNECT_TIMEOUT_SECONDS);
  }

  /// One JDBC connection for short statements: a server that falls silent is noticed.
  Connection connect() throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("socketTimeout", Integer.toString(READ_TIMEOUT_SECONDS));
    return DriverManager.getConnection(jdbcUrl(), properties);
  }

  /// For the Vert.x client: pipelined, statements prepared once, a few quick attempts to connect.
  public PgConnectOptions connectOptions() {
    var options =
        new PgConnectOptions()
            .setHost(host)
            .setPort(port)
            .setDatabase(database)
            .setUser(user)
            .setPassword(password)
            .setCachePreparedStatements(true)
            .setPipeliningLimit(PIPELINED_MAX)
            .setReconnectAttempts(RECONNECT_ATTEMPTS)
            .setReconnectInterval(RECONNECT_DELAY_MILLIS)
            .addProperty("application_name", "kintsugi");
    return switch (tls) {
      case DISABLE -> options.setSslMode(SslMode.DISABLE);
      case REQUIRE ->
          options
              .setSslMode(SslMode.REQUIRE)
              .setSslOptions(new ClientSSLOptions().setTrustAll(true));
      case VERIFY_FULL ->
          options
              .setSslMode(SslMode.VERIFY_FULL)
              .setSslOptions(new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS"));
    };
  }

  /// With the password, for a file that only its owner may read; [#parse] reads it back.
  public String revealUri() {
    var bracketed = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    var sslmode = tls.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return "postgres://%s:%s@%s:%d/%s?sslmode=%s"
        .formatted(encoded(user), encoded(password), bracketed, port, encoded(database), sslmode);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  /// Without the password.
  @Override
  public String toString() {
    return "postgres://" + user + "@" + host + ":" + port + "/" + database;
  }

  private record Place(String host, int port) {}

  private static String withoutScheme(String uri) {
    for (var scheme : new String[] {"postgres://", "postgresql://"}) {
      if (uri.regionMatches(true, 0, scheme, 0, scheme.length())) {
        return uri.substring(scheme.length());
      }
    }
    throw invalid("it must begin with postgres:// or postgresql://");
  }

  private static Place place(String text) {
    if (text.indexOf(',') >= 0) {
      throw invalid("several hosts are not supported");
    }
    var bracket = text.lastIndexOf(']');
    var colon = text.indexOf(':', Math.max(bracket, 0));
    var host = decoded(colon < 0 ? text : text.substring(0, colon));
    if (host.startsWith("[") != (bracket >= 0)) {
      throw invalid("an IPv6 address must stand in [brackets]");
    }
    if (bracket >= 0) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.startsWith("/")) {
      throw invalid("Unix sockets are not supported");
    }
    if (colon < 0) {
      return new Place(host, DEFAULT_PORT);
    }
    try {
      return new Place(host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException _) {
      throw invalid("the port is not a number");
    }
  }

  private static Tls tls(String query) {
    return switch (query) {
      case "", "sslmode=disable" -> Tls.DISABLE;
      case "sslmode=require" -> Tls.REQUIRE;
      case "sslmode=verify-full" -> Tls.VERIFY_FULL;
      // An unknown parameter may have been meant to protect; dropping it in silence would not.
      default -> throw invalid("only sslmode may stand after '?'");
    };
  }

  private static String decoded(String text) {
    try {
      // URLDecoder reads '+' as a space, which is right in forms and wrong in addresses.
      return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException _) {
      throw invalid("a '%' is not followed by two hexadecimal digits");
    }
  }

  private static SqlFailure invalid(String why) {
    return new SqlFailure(
        SqlFailure.Code.INVALID_ADDRESS, "the address of PostgreSQL is wrong: " + why, SHAPE);
  }
}
