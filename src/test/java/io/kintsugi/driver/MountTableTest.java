package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountTableTest {
  @Test
  void aMountIsFoundByItsWholePath() throws Exception {
    assertThat(MountTable.has(Path.of("/proc"))).isTrue();
    assertThat(MountTable.has(Path.of("/proc/self"))).isFalse();
    assertThat(MountTable.has(Path.of("/pro"))).isFalse();
  }

  @Test
  void blanksInPathsAreRead() {
    var line = "36 35 98:0 / /mnt/my\\040nas rw,noatime master:1 - nfs4 nas:/x rw";
    assertThat(MountTable.tells(line, "/mnt/my nas")).isTrue();
    assertThat(MountTable.tells(line, "/mnt/my")).isFalse();
    assertThat(MountTable.tells("", "/mnt")).isFalse();
  }
}
