package io.kintsugi.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataLockTest {
  @TempDir Path data;

  @Test
  void aSecondHolderInThisProcessIsRefusedAndBreaksNothing() throws IOException {
    try (var _ = DataLock.take(data)) {
      assertThatThrownBy(() -> DataLock.take(data))
          .isInstanceOfSatisfying(SqlFailure.class, DataLockTest::isInUse)
          .hasMessageContaining("this process");
      // Closing any other channel on the file would have dropped the lock of the whole process.
      var inode = Files.getAttribute(data.resolve("node.lock"), "unix:ino");
      assertThat(Files.readString(Path.of("/proc/locks"))).contains(":" + inode + " ");
    }
    DataLock.take(data).close();
  }

  @Test
  void anotherProcessIsNamedAndItsDeathFreesTheDirectory() throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var holder =
        new ProcessBuilder(
                java,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LockHolder.class.getName(),
                data.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(holder.getInputStream().read()).isEqualTo('!');
      assertThatThrownBy(() -> DataLock.take(data))
          .isInstanceOfSatisfying(SqlFailure.class, DataLockTest::isInUse)
          .hasMessageContaining("process " + holder.pid());
    } finally {
      holder.destroyForcibly().waitFor();
    }
    DataLock.take(data).close();
  }

  private static void isInUse(SqlFailure failure) {
    assertThat(failure.code()).isEqualTo(SqlFailure.Code.DATA_IN_USE);
  }
}
