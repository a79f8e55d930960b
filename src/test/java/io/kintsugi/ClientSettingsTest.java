package io.kintsugi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What commands beside a node find of its settings (B11, B12).
class ClientSettingsTest {
  @TempDir private Path folder;

  private Map<String, String> env(String toml) throws IOException {
    var file = Files.writeString(folder.resolve("kintsugi.toml"), toml);
    return new HashMap<>(Map.of("KINTSUGI_CONFIG", file.toString()));
  }

  @Test
  void theKeysOfADevelopmentNodeAreKnown() {
    var settings = ClientSettings.read(Map.of());
    assertThat(settings.s3AccessKey()).isEqualTo("kintsugi");
    assertThat(settings.s3SecretKey().reveal()).isEqualTo("kintsugi-secret");
    assertThat(settings.mountPoint()).isNull();
    assertThat(settings.cacheDir()).isNull();
    assertThat(settings.cacheGb()).isEqualTo(10);
  }

  @Test
  @DisplayName("B11: mount_point, cache_dir and the keys of the file count; the environment more")
  void theFileAndTheEnvironment() throws IOException {
    var secret = Files.writeString(folder.resolve("secret"), "from-file\n");
    var env =
        env(
            """
            mount_point = "/mnt/music"
            cache_dir = "/var/cache/music"
            [s3]
            access_key = "mine"
            secret_file = "%s"
            [cache]
            content_cache_gb = 3
            """
                .formatted(secret));
    var settings = ClientSettings.read(env);
    assertThat(settings.s3AccessKey()).isEqualTo("mine");
    assertThat(settings.s3SecretKey().reveal()).isEqualTo("from-file");
    assertThat(settings.toString()).doesNotContain("from-file");
    assertThat(settings.mountPoint()).isEqualTo(Path.of("/mnt/music"));
    assertThat(settings.cacheDir()).isEqualTo(Path.of("/var/cache/music"));
    assertThat(settings.cacheGb()).isEqualTo(3);
    env.put("KINTSUGI_S3_ACCESS_KEY", "theirs");
    env.put("KINTSUGI_S3_SECRET_KEY", "from-env");
    assertThat(ClientSettings.read(env).s3AccessKey()).isEqualTo("theirs");
    assertThat(ClientSettings.read(env).s3SecretKey().reveal()).isEqualTo("from-env");
  }

  @Test
  void aSecretThatCannotBeReadIsSaid() throws IOException {
    var env = env("[s3]\nsecret_file = \"/no/such/secret\"\n");
    assertThatThrownBy(() -> ClientSettings.read(env))
        .isInstanceOf(StartRefused.class)
        .hasMessageContaining("/no/such/secret");
  }
}
