package io.kintsugi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.kernel.Secret;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What rclone is told, and what the kernel tells of it (B12).
class RcloneTest {
  private static Rclone rclone(boolean writes, @Nullable Path cacheDir) {
    return new Rclone(
        URI.create("http://127.0.0.1:9001"),
        "mine",
        new Secret("very-secret"),
        "photos",
        Path.of("/mnt/my photos"),
        writes,
        false,
        "10s",
        cacheDir,
        7);
  }

  @Test
  @DisplayName("B12: keys stand in the environment of rclone, never among the words of its command")
  void keysAreNotAmongTheWords() {
    var rclone = rclone(false, null);
    assertThat(rclone.command())
        .startsWith("setsid", "rclone", "mount", "kintsugi:photos", "/mnt/my photos")
        .noneMatch(word -> word.contains("very-secret") || word.contains("mine"));
    assertThat(rclone.toString()).doesNotContain("very-secret");
    assertThat(rclone.environment())
        .containsEntry("RCLONE_CONFIG_KINTSUGI_SECRET_ACCESS_KEY", "very-secret")
        .containsEntry("RCLONE_CONFIG_KINTSUGI_ACCESS_KEY_ID", "mine")
        .containsEntry("RCLONE_CONFIG_KINTSUGI_FORCE_PATH_STYLE", "true")
        .containsEntry("RCLONE_CONFIG", "/dev/null");
  }

  @Test
  void whoDoesNotAllowWritesGetsNoneAndKeepsNothing() {
    assertThat(rclone(false, null).command())
        .contains("--read-only")
        .containsSequence("--vfs-cache-mode", "off")
        .doesNotContain("--cache-dir", "--vfs-write-back", "--allow-other");
    assertThat(rclone(false, Path.of("/cache")).command())
        .contains("--read-only")
        .containsSequence("--vfs-cache-mode", "full")
        .containsSequence("--cache-dir", "/cache")
        .containsSequence("--vfs-cache-max-size", "7G");
    assertThat(rclone(true, Path.of("/cache")).command())
        .containsSequence("--vfs-cache-mode", "writes")
        .containsSequence("--vfs-write-back", "0s")
        .doesNotContain("--read-only");
  }

  @Test
  void whatCouldNotBeStoredIsFoundInTheCache(@TempDir Path folder) throws Exception {
    var cache = new MountCache(folder.resolve("cache"));
    assertThat(cache.unstored()).isEmpty();
    var notes = Files.createDirectories(cache.folder().resolve("vfsMeta/kintsugi/photos/a b"));
    Files.writeString(notes.resolve("stored"), "{\"Size\": 3, \"Dirty\": false}");
    assertThat(cache.unstored()).isEmpty();
    Files.writeString(notes.resolve("lost"), "{\"Size\": 3, \"Dirty\": true}");
    assertThat(cache.unstored()).containsExactly("a b/lost");
    cache.remove();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void theKernelsListOfMountsIsRead() {
    var list =
        """
        22 28 0:20 / /proc rw,nosuid shared:5 - proc proc rw
        91 28 0:52 / /mnt/my\\040photos ro,nosuid - fuse.rclone kintsugi:photos ro,user_id=0
        92 28 0:53 / /mnt/box rw shared:9 master:1 - fuse.sshfs box:/ rw
        93 28 0:54 / /mnt/box rw - fuse.rclone other:box rw
        """;
    assertThat(Mounts.at(list, "/mnt/my photos"))
        .hasValueSatisfying(mount -> {
          assertThat(mount.isOurs()).isTrue();
          assertThat(mount.source()).isEqualTo("kintsugi:photos");
        });
    assertThat(Mounts.at(list, "/mnt/box"))
        .hasValueSatisfying(mount -> {
          assertThat(mount.source()).isEqualTo("other:box");
          assertThat(mount.isOurs()).isFalse();
        });
    assertThat(Mounts.at(list, "/mnt")).isEmpty();
  }
}
