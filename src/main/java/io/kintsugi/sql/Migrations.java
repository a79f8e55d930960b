package io.kintsugi.sql;

import io.kintsugi.sql.SqlFailure.Code;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The schema, brought up to date from the scripts on the class path. Blocking.
public final class Migrations {
  private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
  private static final String LOCATION = "classpath:db/migration";
  private static final int CONNECT_RETRIES = 2;
  private static final int CONNECT_DELAY_SECONDS = 1;

  private Migrations() {}

  /// Applies what is missing and answers how many scripts that were. Several nodes may do it at
  /// once: one works, the others wait.
  public static int apply(PgAddress address) {
    return apply(address, LOCATION);
  }

  static int apply(PgAddress address, String location) {
    try {
      var result = flyway(address, location).migrate();
      LOG.info(
          "schema up to date database={} applied={} version={}",
          address,
          result.migrationsExecuted,
          result.targetSchemaVersion == null
              ? result.initialSchemaVersion
              : result.targetSchemaVersion);
      return result.migrationsExecuted;
    } catch (FlywayException failure) {
      throw new SqlFailure(
          Code.MIGRATION_FAILED,
          "the schema of " + address + " could not be brought up to date: " + failure.getMessage(),
          "A script that failed has left nothing behind. A schema that is newer than this program needs the newer program.",
          failure);
    }
  }

  private static Flyway flyway(PgAddress address, String location) {
    return Flyway.configure()
        .dataSource(address.jdbcUrl(), address.user(), address.password())
        .locations(location)
        .failOnMissingLocations(true)
        .validateMigrationNaming(true)
        // Not even a script of the future is ignored: an old program must not write to a schema
        // that it does not know.
        .ignoreMigrationPatterns(new String[0])
        .connectRetries(CONNECT_RETRIES)
        .connectRetriesInterval(CONNECT_DELAY_SECONDS)
        .loggers("slf4j")
        .load();
  }
}
