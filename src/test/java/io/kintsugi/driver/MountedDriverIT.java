package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole conformance on a mounted path, by sshfs in the place of NFS, which not each kernel
/// has; and what becomes of it when the mount hangs or goes (B1).
class MountedDriverIT extends DriverConformance {
  private static final AtomicInteger ROOTS = new AtomicInteger();

  @TempDir static Path folder;
  private static SshServer server;
  private static SshfsMount mount;

  private String root = "";

  @BeforeAll
  static void start() throws Exception {
    server = SshServer.start(Files.createDirectory(folder.resolve("server")));
    mount = SshfsMount.start(server, folder.resolve("mount"));
  }

  @AfterAll
  static void stop() throws Exception {
    mount.close();
    server.close();
  }

  @Override
  Driver newDriver() {
    root = "deep/root" + ROOTS.incrementAndGet();
    return new MountedDriver(new MountSettings(mount.point().resolve(root), mount.point()));
  }

  @Override
  Path onDisk() {
    return server.data().resolve(root);
  }

  @Override
  Driver newDriverOfTheSameRoot() {
    return new MountedDriver(new MountSettings(mount.point().resolve(root), mount.point()));
  }

  /// The kernel would read and write all of it by way of the mount.
  @Override
  boolean copiesRanges() {
    return false;
  }

  @Override
  boolean canAppend() {
    return true;
  }

  @Test
  void itDoesNotWatchAndTellsNoTags() throws Exception {
    driver.createRoot();
    driver.createSmall("x", new byte[1]);
    assertThat(driver.watch("", _ -> {})).isNull();
    assertThat(driver.stat("x").tag()).isNull();
  }

  @Test
  void aFolderThatIsNoMountIsNotTakenForOne() throws Exception {
    var path = Files.createDirectory(folder.resolve("unmounted" + ROOTS.incrementAndGet()));
    try (var unmounted = new MountedDriver(new MountSettings(path))) {
      assertFault(Fault.Disconnected.class, unmounted::identity);
      assertFault(Fault.Disconnected.class, unmounted::createRoot);
      assertFault(Fault.Disconnected.class, () -> unmounted.createNew("x"));
      assertFault(Fault.Disconnected.class, () -> unmounted.list("", "", 10));
    }
    assertThat(path).isEmptyDirectory();
    try (var said = new MountedDriver(new MountSettings(path, null))) {
      said.createSmall("x", new byte[1]);
    }
  }

  @Test
  void whatGoesToAMountThatIsGoneDoesNotLandOnTheDiskBelow() throws Exception {
    var point = folder.resolve("brief" + ROOTS.incrementAndGet());
    try (var brief = SshfsMount.start(server, point);
        var mounted = new MountedDriver(new MountSettings(point))) {
      mounted.createSmall("brief", new byte[1]);
      var walk = new Walk(mounted, "", "", 1);
      assertThat(walk.next(1).end()).isFalse();
      brief.unmount();
      assertFault(Fault.Disconnected.class, () -> mounted.createSmall("y", new byte[1]));
      assertFault(Fault.Disconnected.class, () -> walk.next(1000));
    }
    assertThat(point).isEmptyDirectory();
  }

  @Test
  void aFrozenMountHoldsOnlyWhoAsksItAndGoesOnAfterwards() throws Exception {
    driver.createRoot();
    driver.createSmall("x", new byte[10]);
    mount.process().freeze();
    var size = new long[1];
    var asking =
        Thread.ofPlatform()
            .start(() -> {
              try {
                size[0] = driver.sizeOf("x");
              } catch (DriverException e) {
                size[0] = -1;
              }
            });
    try {
      assertThat(asking.join(Duration.ofMillis(700))).isFalse();
      assertThat(MountTable.has(mount.point())).isTrue();
    } finally {
      mount.process().thaw();
    }
    assertThat(asking.join(Duration.ofSeconds(10))).isTrue();
    assertThat(size[0]).isEqualTo(10);
  }
}
