package io.kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    assertThat(read(toml))
        .isEqualTo(
            new TomlFile(
                "n1",
                "/srv/k",
                new TomlFile.Server(List.of("127.0.0.1"), 1, 2),
                new TomlFile.S3("a", "/run/secret"),
                new TomlFile.Postgres("/run/uri"),
                new TomlFile.Log("json", Map.of("scan", "debug")),
                new TomlFile.Collect("36h", 40),
                new TomlFile.Cache("all", 3),
                List.of(
                    new TomlFile.OriginTable("d1", "local", "/mnt/1", 5, "shelf", 7L),
                    new TomlFile.OriginTable("d2", null, "/mnt/2", null, null, null))));
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
