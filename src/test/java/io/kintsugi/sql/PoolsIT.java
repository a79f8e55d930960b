package io.kintsugi.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Migrations and the pool on a real server.
@ExtendWith(VertxExtension.class)
class PoolsIT {
  private static final String TRIAL = "classpath:db/trial";

  @Test
  void theSchemaIsMadeOnceAndThePoolWorksOnIt(Vertx vertx) throws Exception {
    var address = TestPostgres.freshDatabase();
    assertThat(Migrations.apply(address, TRIAL)).isEqualTo(2);
    assertThat(Migrations.apply(address, TRIAL)).isZero();

    var pool = Pools.open(vertx, address, 4);
    var rows =
        pool.preparedQuery("INSERT INTO kept (name) VALUES ($1) RETURNING seq")
            .execute(Tuple.of("first"))
            .compose(_ -> pool.query("SELECT name, colour FROM kept").execute())
            .await(20, TimeUnit.SECONDS);
    assertThat(rows).hasSize(1);
    assertThat(rows.iterator().next().getString("colour")).isEqualTo("gold");
    pool.close().await(20, TimeUnit.SECONDS);
  }

  @Test
  void everyFreshDatabaseIsEmptyAndItsOwn() throws Exception {
    var one = TestPostgres.freshDatabase();
    var other = TestPostgres.freshDatabase();
    Migrations.apply(one, TRIAL);
    try (var connection = other.connect();
        var tables = connection.getMetaData().getTables(null, "public", "%", null)) {
      assertThat(tables.next()).isFalse();
    }
  }

  @Test
  void aBrokenScriptLeavesNothingBehindAndSaysWhich() throws Exception {
    var address = TestPostgres.freshDatabase();
    assertThatThrownBy(() -> Migrations.apply(address, "classpath:db/broken"))
        .isInstanceOfSatisfying(
            SqlFailure.class,
            failure -> assertThat(failure.code()).isEqualTo(SqlFailure.Code.MIGRATION_FAILED))
        .hasMessageContaining("V1__broken.sql")
        .hasMessageNotContaining(address.password());
    try (var connection = address.connect();
        var tables = connection.getMetaData().getTables(null, "public", "half", null)) {
      assertThat(tables.next()).isFalse();
    }
  }

  @Test
  void anOldProgramRefusesANewerSchema() {
    var address = TestPostgres.freshDatabase();
    Migrations.apply(address, TRIAL);
    assertThatThrownBy(() -> Migrations.apply(address, "classpath:db/trial_older"))
        .isInstanceOfSatisfying(
            SqlFailure.class,
            failure -> assertThat(failure.code()).isEqualTo(SqlFailure.Code.MIGRATION_FAILED));
  }

  @Test
  void noScriptsAtAllIsAnError() {
    var address = TestPostgres.freshDatabase();
    assertThatThrownBy(() -> Migrations.apply(address, "classpath:db/nowhere"))
        .isInstanceOf(SqlFailure.class);
  }

  @Test
  void aServerThatIsNotThereIsATypedFailure() {
    var address = TestPostgres.freshDatabase().withDatabase("missing");
    assertThatThrownBy(() -> Migrations.apply(address, TRIAL)).isInstanceOf(SqlFailure.class);
  }
}
