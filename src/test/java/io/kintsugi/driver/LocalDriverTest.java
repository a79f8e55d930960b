package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalDriverTest extends DriverConformance {
  @TempDir Path folder;

  @Override
  Driver newDriver() {
    return new LocalDriver(folder.resolve("deep/down/origin"));
  }

  @Override
  Path onDisk() {
    return folder.resolve("deep/down/origin");
  }

  @Override
  Driver newDriverOfTheSameRoot() {
    return newDriver();
  }

  @Override
  boolean canAppend() {
    return true;
  }

  @Test
  void anotherFolderAtTheSamePathIsAnotherIdentity() throws Exception {
    var path = folder.resolve("origin");
    var driver = new LocalDriver(path);
    driver.createRoot();
    var before = driver.identity();
    Files.move(path, folder.resolve("aside"));
    driver.createRoot();
    assertThat(driver.identity()).isNotEqualTo(before);
  }

  @Test
  void aFileWhereTheRootShouldBeIsAnErrorAndNoAbsence() throws Exception {
    var path = Files.createFile(folder.resolve("origin"));
    assertThatThrownBy(() -> new LocalDriver(path).identity())
        .isInstanceOfSatisfying(
            DriverException.class, e -> assertThat(e.fault()).isInstanceOf(Fault.Io.class));
  }

  @Test
  void theWordsOfTheSystemBecomeFaults() {
    assertThat(Errno.byWords("x", "No space left on device")).isEqualTo(new Fault.Full("x"));
    assertThat(Errno.byWords("x", "Disk quota exceeded")).isEqualTo(new Fault.Full("x"));
    assertThat(Errno.byWords("x", "Read-only file system")).isEqualTo(new Fault.ReadOnly("x"));
    assertThat(Errno.byWords("x", "Too many open files")).isEqualTo(new Fault.TooManyFiles("x"));
    assertThat(Errno.byWords("x", "Operation not permitted")).isEqualTo(new Fault.Denied("x"));
    assertThat(Errno.byWords("x", "Input/output error"))
        .isEqualTo(new Fault.Io("x", "Input/output error"));
  }

  @Test
  void freeInodesAreToldWhereTheFileSystemCountsThem() throws Exception {
    var driver = new LocalDriver(folder.resolve("origin"));
    driver.createRoot();
    long inodes = driver.space().freeInodes();
    assertThat(inodes == StatVfs.UNKNOWN || inodes > 0).isTrue();
  }
}
