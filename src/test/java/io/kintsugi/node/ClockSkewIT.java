package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kintsugi.sql.PgAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.exception.SdkException;

/// T18: the clock jumps by hours, on and back, in the middle of puts, graces, leases, heals and
/// scans. The clock that counts is PostgreSQL's, and it has jumped if all that it ever wrote down
/// is older or younger by as much; what the journal holds of the changes is no time of day.
@ExtendWith(NodeLogs.class)
class ClockSkewIT {
  private static final String BUCKET = "timeless";
  private static final int FILE_BYTES = 1_700_000;
  private static final int SMALL_BYTES = 30_000;
  private static final int OK = 200;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir private Path data;
  private final Map<String, byte[]> expected = new HashMap<>();
  private RunningNode node;

  @BeforeEach
  void start() {
    node = RunningNode.start(data);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  @DisplayName("T18: a clock that jumps loses nothing, and collects nothing before its grace")
  void aClockThatJumpsByHoursLosesNothingAndCollectsNothingEarly() throws Exception {
    Set<Path> dead;
    try (var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
      put(store, "file", 1, FILE_BYTES);
      put(store, "small", 2, SMALL_BYTES);
      put(store, "overwritten", 3, FILE_BYTES);
      put(store, "deleted", 4, FILE_BYTES);
      var before = files();
      put(store, "overwritten", 5, FILE_BYTES);
      delete(store, "deleted");
      dead = new TreeSet<>(before);
      dead.removeAll(live());
      assertThat(dead).hasSizeGreaterThan(10);
    }

    jumpInAPut(5);
    assertAllThere();
    assertThat(files()).as("dead for 5 hours of a grace of 24").containsAll(dead);

    jump(-10);
    collect();
    Files.delete(live().iterator().next());
    assertAllThere();
    node.killJvm();
    node.restart();
    assertAllThere();
    node.rest().awaitScan(node.rest().startScan("Deep"));
    assertThat(node.rest().wrong()).as("5 hours before what is written down").isEmpty();
    assertThat(files()).as("dead in 5 hours").containsAll(dead);

    jump(35);
    await("what is dead for longer than the grace has gone")
        .atMost(LIMIT)
        .ignoreExceptions()
        .untilAsserted(() -> {
          collect();
          assertThat(files()).doesNotContainAnyElementsOf(dead);
        });
    assertAllThere();
    assertThat(files()).containsAll(live());
    // What was refused in a jump may have left shards, which are nobody's after their grace.
    assertThat(node.rest().wrong())
        .as("30 hours on")
        .allMatch(issue -> issue.contains("OrphanShards"));
  }

  /// The lease of the put's session is over from one moment to the next. It is told that it failed,
  /// or is there.
  private void jumpInAPut(int hours) throws Exception {
    var body = Store.bytes(6, FILE_BYTES);
    int status =
        SlowPut.put(
            node.s3Url(),
            BUCKET,
            "slow",
            body,
            () -> {
              jump(hours);
              collect();
            });
    try (var store = new Store(node.s3Url())) {
      if (status == OK) {
        expected.put("slow", body);
      } else {
        assertThat(store.find(BUCKET, "slow")).isNull();
      }
    }
  }

  /// Everything can be read, and written: the last word wins, whatever time it is.
  private void assertAllThere() {
    try (var store = new Store(node.s3Url())) {
      await("a write under a new session")
          .atMost(LIMIT)
          .ignoreExceptionsInstanceOf(SdkException.class)
          .until(() -> {
            put(store, "rewritten", expected.size() + System.nanoTime(), SMALL_BYTES);
            return true;
          });
      put(store, "rewritten", System.nanoTime(), SMALL_BYTES);
      for (var object : expected.entrySet()) {
        assertThat(store.get(BUCKET, object.getKey()))
            .as(object.getKey())
            .isEqualTo(object.getValue());
      }
      assertThat(store.find(BUCKET, "deleted")).isNull();
    }
  }

  private void put(Store store, String key, long seed, int bytes) {
    var body = Store.bytes(seed, bytes);
    store.put(BUCKET, key, body);
    expected.put(key, body);
  }

  private void delete(Store store, String key) {
    store.client().deleteObject(d -> d.bucket(BUCKET).key(key));
    expected.remove(key);
  }

  /// A whole pass.
  private void collect() throws Exception {
    var last = node.rest().get("/api/v1/collection").path("last_pass").asText();
    node.rest().post("/api/v1/collection/run", "{}");
    await("the end of a pass")
        .atMost(LIMIT)
        .until(
            () -> !node.rest().get("/api/v1/collection").path("last_pass").asText().equals(last));
  }

  /// The clock goes on by so many hours, or back.
  private void jump(int hours) throws Exception {
    var columns =
        new CatalogRows(data)
            .read(
                "SELECT 'UPDATE ' || c.table_name || ' SET ' || string_agg(c.column_name || ' = '"
                    + " || c.column_name || ' - interval ''"
                    + hours
                    + " hours''', ', ') FROM information_schema.columns c"
                    + " JOIN information_schema.tables t USING (table_schema, table_name)"
                    + " WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'"
                    + " AND c.data_type = 'timestamp with time zone' AND c.table_name <> 'change'"
                    + " GROUP BY c.table_name");
    assertThat(columns).hasSizeGreaterThan(8);
    await("a moment in which the clock can jump")
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() -> {
          update(columns);
          return true;
        });
  }

  private void update(List<String> columns) throws Exception {
    var address = PgAddress.parse(Files.readString(data.resolve("postgres.uri")).strip());
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (var update : columns) {
        statement.executeUpdate(update);
      }
      connection.commit();
    }
  }

  private Set<Path> files() throws Exception {
    return new TreeSet<>(new Disk(data).sizes().keySet());
  }

  /// The files of what lives.
  private Set<Path> live() throws Exception {
    var names =
        Set.copyOf(
            new CatalogRows(data)
                .read(
                    "SELECT replace(write_id::text, '-', '') || '.'"
                        + " || lpad(shard_index::text, 2, '0') || '.'"
                        + " || replace(attempt_id::text, '-', '')"
                        + " FROM location JOIN segment USING (write_id)"
                        + " WHERE live AND container IS NULL"));
    return files().stream()
        .filter(file -> names.contains(file.getFileName().toString()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
