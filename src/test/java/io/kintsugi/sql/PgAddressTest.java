package io.kintsugi.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.pgclient.SslMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgAddressTest {
  @Test
  void readsAFullAddress() {
    assertThat(PgAddress.parse("postgres://ann:secret@db.example:6432/store"))
        .isEqualTo(new PgAddress("db.example", 6432, "store", "ann", "secret"));
  }

  @Test
  void fillsInWhatLibpqFillsIn() {
    assertThat(PgAddress.parse("postgresql://ann@db"))
        .isEqualTo(new PgAddress("db", 5432, "ann", "ann", ""));
  }

  @Test
  void decodesPercentSignsAndLeavesPlusAlone() {
    var address = PgAddress.parse("postgres://a%40b:p%2Fq%3A+%25@my_db/sto%20re");
    assertThat(address).isEqualTo(new PgAddress("my_db", 5432, "sto re", "a@b", "p/q:+%"));
    assertThat(address.jdbcUrl())
        .startsWith("jdbc:postgresql://my_db:5432/sto%20re?sslmode=disable&");
  }

  @Test
  void readsIpv6InBrackets() {
    var address = PgAddress.parse("postgres://ann:secret@[::1]:6432/store");
    assertThat(address.host()).isEqualTo("::1");
    assertThat(address.jdbcUrl()).startsWith("jdbc:postgresql://[::1]:6432/store");
  }

  @Test
  void carriesTheProtectionIntoBothClients() {
    var address = PgAddress.parse("postgres://ann:secret@db/store?sslmode=verify-full");
    assertThat(address.jdbcUrl()).contains("sslmode=verify-full");
    assertThat(address.connectOptions().getSslMode()).isEqualTo(SslMode.VERIFY_FULL);
    assertThat(PgAddress.parse("postgres://ann@db?sslmode=require").connectOptions().getSslMode())
        .isEqualTo(SslMode.REQUIRE);
  }

  @Test
  void preparesOnceAndPipelines() {
    var options = PgAddress.parse("postgres://ann:secret@db/store").connectOptions();
    assertThat(options.getCachePreparedStatements()).isTrue();
    assertThat(options.getPipeliningLimit()).isGreaterThan(1);
    assertThat(options.getPassword()).isEqualTo("secret");
  }

  @Test
  void neverShowsThePassword() {
    var address = PgAddress.parse("postgres://ann:secret@db/store");
    assertThat(address.toString()).isEqualTo("postgres://ann@db:5432/store");
    assertThat(address.jdbcUrl()).doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "mysql://ann:secret@db/store",
        "postgres://db/secret",
        "postgres://:secret@db/store",
        "postgres://ann:secret@/store",
        "postgres://ann:secret@db:port/store",
        "postgres://ann:secret@db:70000/store",
        "postgres://ann:secret@db:0/store",
        "postgres://ann:secret@a,b/store",
        "postgres://ann:secret@::1/store",
        "postgres://ann:secret@[::1/store",
        "postgres://ann:secret@%2Ftmp/store",
        "postgres://ann:sec%ret@db/store",
        "postgres://ann:secret#@db/store",
        "postgres://ann:secret@db/store?sslmode=verify-ca",
        "postgres://ann:secret@db/store?options=secret",
      })
  void refusesWhatItDoesNotUnderstandWithoutRepeatingIt(String uri) {
    assertThatThrownBy(() -> PgAddress.parse(uri))
        .isInstanceOfSatisfying(
            SqlFailure.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(SqlFailure.Code.INVALID_ADDRESS);
              assertThat(failure.getMessage()).doesNotContain("secret").doesNotContain("sec%");
              assertThat(failure.getCause()).isNull();
            });
  }
}
