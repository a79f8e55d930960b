package io.kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.PoolConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `kintsugi.toml`: all of it, and where it is wrong.
class TomlFileTest {
  @TempDir private Path folder;

  private TomlFile read(String toml) throws IOException {
    return TomlFile.read(Files.writeString(folder.resolve("kintsugi.toml"), toml));
  }

  private void refused(String toml, String... words) {
    assertThatThrownBy(() -> read(toml))
        .isInstanceOf(StartRefused.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void everyKeyHasItsPlace() throws IOException {
    var toml =
        """
        node = "n1"
        data = "/srv/k"
        [server]
        hosts = ["127.0.0.1"]
        http_port = 1
        s3_port = 2
        [s3]
        access_key = "a"
        secret_file = "/run/secret"
        [postgres]
        uri_file = "/run/uri"
        [log]
        format = "json"
        [log.levels]
        scan = "debug"
        [collect]
        grace = "36h"
        compact_below_percent = 40
        [cache]
        content = "all"
        content_cache_gb = 3
        [[origins]]
        id = "d1"
        kind = "local"
        path = "/mnt/1"
        priority = 5
        domain = "shelf"
        reserve_bytes = 7
        [[origins]]
        id = "d2"
        path = "/mnt/2"
        """;
    var file = read(toml);
    assertThat(file.node()).isEqualTo("n1");
    assertThat(file.data()).isEqualTo("/srv/k");
    assertThat(file.server()).isEqualTo(new TomlFile.Server(List.of("127.0.0.1"), 1, 2));
    assertThat(file.s3()).isEqualTo(new TomlFile.S3("a", "/run/secret"));
    assertThat(file.postgres()).isEqualTo(new TomlFile.Postgres("/run/uri"));
    assertThat(file.log()).isEqualTo(new TomlFile.Log("json", Map.of("scan", "debug")));
    assertThat(file.collect()).isEqualTo(new TomlFile.Collect("36h", 40));
    assertThat(file.cache()).isEqualTo(new TomlFile.Cache("all", null, 3));
    var origins = OriginTables.origins(Objects.requireNonNull(file.origins()));
    assertThat(origins)
        .containsExactly(
            OriginDefinition.of("d1", "local", Map.of("path", "/mnt/1"))
                .draft()
                .priority(5)
                .domain("shelf")
                .reserveBytes(7L)
                .done(),
            OriginDefinition.of("d2", "local", Map.of("path", "/mnt/2")));
  }

  @Test
  @DisplayName("test_parse_config")
  void theExampleOfOthersParsesAsItStands() throws IOException {
    var file =
        read(
            """
            mount_point = "/mnt/music"
            cache_dir = "/home/user/.cache/musicfs"

            [[origins]]
            id = "local"
            origin_type = "local"
            priority = 1
            path = "/mnt/nas/music"

            [[origins]]
            id = "backup"
            origin_type = "s3"
            priority = 2
            bucket = "music-backup"
            region = "us-east-1"
            """);
    var origins = OriginTables.origins(Objects.requireNonNull(file.origins()));
    assertThat(origins).hasSize(2);
    assertThat(origins.get(0).priority()).isEqualTo(1);
    assertThat(origins.get(0).enabled()).isTrue();
    assertThat(origins.get(1).kind()).isEqualTo("s3");
    assertThat(origins.get(1).settings())
        .isEqualTo(Map.of("bucket", "music-backup", "region", "us-east-1"));
    assertThat(OriginTables.pool(file)).isEqualTo(PoolConfig.DEFAULT);
  }

  @Test
  @DisplayName("Every field of a backend and of the pool has its key")
  void backendsAndThePool() throws IOException {
    var file =
        read(
            """
            [pool]
            strategy = "CostAware"
            replication_factor = 2
            health_check_interval = "10s"
            auto_failover = false
            min_healthy_backends = 3
            [health]
            check_interval_secs = 20
            timeout_ms = 1500
            unhealthy_threshold = 3
            [health.per_origin_thresholds]
            local = 1
            [cache]
            metadata_cache_mb = 100
            content_cache_gb = 10
            [[origins]]
            id = "d1"
            path = "/mnt/1"
            enabled = false
            capacity = 1000
            cost_per_gb = 0.023
            size_threshold = 65536
            read_enabled = false
            write_enabled = false
            weight = 2.5
            """);
    assertThat(OriginTables.pool(file)).isEqualTo(new PoolConfig("CostAware", 2, 10_000, false, 3));
    assertThat(OriginTables.checkTimeoutMillis(file)).isEqualTo(1500);
    assertThat(OriginTables.origins(Objects.requireNonNull(file.origins())))
        .containsExactly(
            OriginDefinition.of("d1", "local", Map.of("path", "/mnt/1"))
                .draft()
                .enabled(false)
                .readEnabled(false)
                .writeEnabled(false)
                .capacityBytes(1000L)
                .costPerGb(0.023)
                .sizeThresholdBytes(65_536L)
                .weight(2.5)
                .done());
  }

  @Test
  void whatAnOriginCannotBeIsSaidWithItsName() throws IOException {
    refused("[[origins]]\nid = \"a\"\ncolour = \"red\"\n", "line 3", "colour");
    for (var wrong :
        Map.of(
                "id = \"a\"\norigin_type = \"tape\"", "'tape' is not known",
                "id = \"a\"\npath = \"/x\"\nbucket = \"b\"", "no setting of kind local",
                "id = \"a\"\nkind = \"s3\"\nbucket = \"b\"\nsecret_key = \"s\"",
                    "secret_key is a credential",
                "id = \"a\"\nkind = \"sftp\"\nuser = \"u\"\npath = \"/\"", "host is missing",
                "id = \"a\"\npath = \"/x\"\ncapacity = -1", "capacity must not be negative")
            .entrySet()) {
      var tables = Objects.requireNonNull(read("[[origins]]\n" + wrong.getKey()).origins());
      assertThatThrownBy(() -> OriginTables.origins(tables))
          .isInstanceOf(StartRefused.class)
          .hasMessageContainingAll("a", wrong.getValue());
    }
  }

  @Test
  void anEmptyFileSaysNothing() throws IOException {
    assertThat(read("# nothing\n")).isEqualTo(TomlFile.EMPTY);
  }

  @Test
  void anUnknownKeyIsRefusedWithItsLineAndTheKnownOnes() {
    refused(
        "node = \"n\"\n[server]\nhttp_prot = 1\n",
        "kintsugi.toml",
        "line 3",
        "http_prot",
        "http_port");
    refused("colour = \"red\"\n", "line 1", "colour");
    refused("[[origins]]\nid = \"a\"\npaht = \"/x\"\n", "line 3", "paht");
  }

  @Test
  void whatIsNoTomlIsRefusedWithLineAndColumn() {
    refused("node = \"n\"\n[server\n", "line 2", "column");
    refused("node = \n", "line 1", "column");
  }

  @Test
  void aWrongTypeIsRefusedWithItsLine() {
    refused("\n[server]\nhttp_port = \"many\"\n", "line 3");
    refused("[server]\nhosts = 7\n", "line 2");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> TomlFile.read(folder.resolve("none.toml")))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("none.toml");
  }
}
