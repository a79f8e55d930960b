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

  @Test
  void onlyNfsFromFourTwoOnCopiesAtItsServer() {
    var mount = "36 35 0:50 / /mnt/nas rw,noatime shared:1 - ";
    assertThat(MountTable.isNfs42(mount + "nfs4 nas:/x rw,vers=4.2,rsize=1048576")).isTrue();
    assertThat(MountTable.isNfs42(mount + "nfs4 nas:/x rw,rsize=1,vers=4.2")).isTrue();
    assertThat(MountTable.isNfs42(mount + "nfs4 nas:/x rw,vers=4.1,rsize=1048576")).isFalse();
    assertThat(MountTable.isNfs42(mount + "nfs nas:/x rw,vers=3")).isFalse();
    assertThat(MountTable.isNfs42(mount + "fuse.sshfs me@nas:/x rw")).isFalse();
    assertThat(MountTable.isNfs42("")).isFalse();
  }
}
