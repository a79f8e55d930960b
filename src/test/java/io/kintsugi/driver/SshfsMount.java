package io.kintsugi.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A folder of an SSH server, mounted: what a hung mount is made of, since its process can be
/// frozen.
final class SshfsMount implements AutoCloseable {
  private final Path point;
  private final ServerProcess process;

  private SshfsMount(Path point, ServerProcess process) {
    this.point = point;
    this.process = process;
  }

  static SshfsMount start(SshServer server, Path point) throws Exception {
    Files.createDirectories(point);
    var process =
        ServerProcess.start(
            server.file("sshfs.log"),
            "/usr/bin/sshfs",
            "-f",
            "-p",
            String.valueOf(server.port()),
            "-o",
            "IdentityFile="
                + server.file("user")
                + ",UserKnownHostsFile="
                + server.file("known_hosts")
                + ",StrictHostKeyChecking=yes,PasswordAuthentication=no"
                + ",dir_cache=no,attr_timeout=0,entry_timeout=0",
            SshServer.USER + "@127.0.0.1:" + server.data(),
            point.toString());
    process.await("nothing is mounted at " + point, () -> MountTable.has(point));
    return new SshfsMount(point, process);
  }

  Path point() {
    return point;
  }

  ServerProcess process() {
    return process;
  }

  void unmount() throws IOException, InterruptedException {
    ServerProcess.run("", "/usr/bin/fusermount", "-u", "-z", point.toString());
  }

  @Override
  public void close() throws IOException {
    try {
      process.thaw();
      if (MountTable.has(point)) {
        unmount();
      }
      if (!process.ended()) {
        process.kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
