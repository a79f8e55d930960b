package io.kintsugi.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kintsugi.driver.SshServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// B11, B12: a federated bucket over an SFTP box and a folder, both named in the configuration, and
/// an ordinary bucket, as directories by Debian's rclone and the kernel's FUSE.
@ExtendWith(NodeLogs.class)
class MountIT {
  private static final String TREE = "family";
  private static final int MIB = 1 << 20;
  private static final int FILM_MIB = 64;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// Reads a file a mebibyte at a time, and stands still after a quarter of them until it is told
  /// to go on.
  private static final String SLOW_READER =
      """
      exec 3< "$1"
      i=0
      while [ $i -lt 64 ]; do
        dd bs=1M count=1 iflag=fullblock status=none <&3 || exit 1
        i=$((i + 1))
        sleep 0.02
        if [ $i = 16 ]; then
          : > "$2/waits"
          while [ ! -e "$2/go" ]; do sleep 0.05; done
        fi
      done
      """;

  @TempDir private static Path temp;
  private static Path far;
  private static byte[] film;
  private static SshServer box;
  private static RunningNode node;

  @BeforeAll
  static void start() throws Exception {
    film = Store.bytes(12, FILM_MIB * MIB);
    far = temp.resolve("far");
    Files.createDirectories(far.resolve("deep"));
    Files.write(far.resolve("film.mkv"), film);
    Files.writeString(far.resolve("deep/notes.txt"), "notes");
    box = SshServer.start(Files.createDirectories(temp.resolve("ssh")));
    Files.write(box.data().resolve("film.mkv"), film);
    Files.writeString(box.data().resolve("box-only.txt"), "box");
    var data = Files.createDirectories(temp.resolve("data"));
    var toml =
        """
        [[origins]]
        id = "far"
        role = "files"
        path = "%s"
        [[origins]]
        id = "box"
        role = "files"
        origin_type = "sftp"
        host = "127.0.0.1"
        port = %d
        user = "%s"
        path = "%s"
        key_file = "%s"
        known_hosts = "%s"
        """
            .formatted(
                far,
                box.port(),
                SshServer.USER,
                box.data(),
                box.file("user"),
                box.file("known_hosts"));
    var file = Files.writeString(data.resolve("kintsugi.toml"), toml);
    node = RunningNode.start(data, "--config", file.toString(), "--origins", "2");
    node.rest()
        .put(
            "/api/v1/trees/" + TREE,
            """
            {"sources": [{"origin": "box", "priority": 5}, {"origin": "far", "priority": 10}]}
            """);
  }

  @AfterAll
  static void stop() {
    node.close();
    box.close();
  }

  private static Command command() {
    return new Command(temp);
  }

  private static void awaitSame() {
    await("both copies of the film are known to be the same")
        .atMost(LIMIT)
        .until(() -> {
          var found = node.rest().get("/api/v1/trees/" + TREE + "/file?key=film.mkv");
          return found.toString().contains("\"chosen\"") && found.toString().contains("\"same\"");
        });
  }

  private static String listed(MountedBucket bucket) throws Exception {
    return command().succeed("ls", "-R", bucket.directory().toString());
  }

  @Test
  @DisplayName("B12: who reads a file of the mounted tree reads on while the best origin dies")
  void theBestOriginDies() throws Exception {
    awaitSame();
    try (var bucket = MountedBucket.mount(node, TREE, "--refresh", "1s")) {
      assertThat(bucket.visibleWords()).contains("rclone mount").doesNotContain("secret");
      assertThat(listed(bucket)).contains("film.mkv", "box-only.txt", "deep", "notes.txt");
      var touched = command().run("touch", bucket.directory().resolve("new").toString());
      assertThat(touched.output()).contains("Read-only file system");

      var read = temp.resolve("read");
      var reader =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  SLOW_READER,
                  "reader",
                  bucket.directory().resolve("film.mkv").toString(),
                  temp.toString())
              .redirectOutput(read.toFile())
              .redirectError(temp.resolve("reader.log").toFile())
              .start();
      await("a quarter is read").atMost(LIMIT).until(() -> Files.exists(temp.resolve("waits")));
      box.kill();
      Files.createFile(temp.resolve("go"));
      assertThat(reader.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).as("it ends").isTrue();
      assertThat(reader.exitValue()).as(Files.readString(temp.resolve("reader.log"))).isZero();
      assertThat(Files.readAllBytes(read)).isEqualTo(film);
      assertThat(node.tail()).contains("read goes on elsewhere from=box to=far path=film.mkv");

      // An origin that is silent is no reason to wait.
      await("what the box has is out of sight")
          .atMost(LIMIT)
          .until(() -> !listed(bucket).contains("box-only.txt"));
      assertThat(listed(bucket)).contains("film.mkv", "notes.txt");
      box.restart();
      await("the box is back").atMost(LIMIT).until(() -> listed(bucket).contains("box-only.txt"));

      bucket.terminate();
      bucket.awaitEnd(LIMIT);
      assertThat(bucket.isMounted()).isFalse();
      assertThat(bucket.isAlone()).isTrue();
    }
  }

  @Test
  @DisplayName("B12: an ordinary bucket is written through its directory, and unmounted by command")
  void anOrdinaryBucket() throws Exception {
    try (var store = new Store(node.s3Url())) {
      store.createBucket("plain");
      store.put("plain", "old/report.txt", "a report".getBytes(UTF_8));
      try (var bucket = MountedBucket.mount(node, "plain", "--writes")) {
        var directory = bucket.directory();
        assertThat(command().succeed("cat", directory.resolve("old/report.txt").toString()))
            .isEqualTo("a report");
        var source = Files.write(temp.resolve("source"), Store.bytes(3, 3 * MIB));
        command().succeed("cp", source.toString(), directory.resolve("copy").toString());
        await("it is stored")
            .atMost(LIMIT)
            .untilAsserted(
                () -> assertThat(store.find("plain", "copy")).isEqualTo(Store.bytes(3, 3 * MIB)));
        command().succeed("rm", directory.resolve("old/report.txt").toString());
        assertThat(store.find("plain", "old/report.txt")).isNull();
        // What is closed is stored before the mount ends.
        command().succeed("cp", source.toString(), directory.resolve("last").toString());
        var said = command().succeed(MountedBucket.command("unmount", directory.toString()));
        assertThat(said).contains("unmounted " + directory);
        assertThat(bucket.awaitEnd(LIMIT)).as(bucket.said()).isZero();
        assertThat(bucket.isMounted()).isFalse();
        assertThat(bucket.isAlone()).isTrue();
        assertThat(store.get("plain", "last")).isEqualTo(Store.bytes(3, 3 * MIB));
      }
    }
  }

  @Test
  @DisplayName("B12: what stands in the way of a mount is said, with what to do about it")
  void whatIsWrongIsSaid() throws Exception {
    var empty = Files.createDirectory(temp.resolve("empty")).toString();
    var bare =
        command()
            .with("PATH", "/no/such/folder")
            .run(MountedBucket.command("mount", TREE, empty, "--url", node.httpUrl()));
    assertThat(bare.code()).isEqualTo(1);
    assertThat(bare.output()).contains("apt-get install rclone fuse3");
    var unknown =
        command().run(MountedBucket.command("mount", "nothing", empty, "--url", node.httpUrl()));
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.output()).contains("there is no bucket nothing", "kintsugi trees");
    var stranger =
        command()
            .with("KINTSUGI_S3_SECRET_KEY", "another")
            .run(MountedBucket.command("mount", TREE, empty, "--url", node.httpUrl()));
    assertThat(stranger.code()).isEqualTo(1);
    assertThat(stranger.output()).contains("refuses these keys").doesNotContain("another");
    var writer =
        command()
            .run(MountedBucket.command("mount", TREE, empty, "--writes", "--url", node.httpUrl()));
    assertThat(writer.output()).contains("takes no writes");
  }
}
