package io.kintsugi.driver;

import io.kintsugi.kernel.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Samba's server on loopback, from a folder of its own.
public final class SambaServer implements AutoCloseable {
  public static final String PASSWORD = "correct horse battery staple";

  private final Path folder;
  private final int port;
  private @Nullable ServerProcess process;

  private SambaServer(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  public static SambaServer start(Path folder) throws Exception {
    for (var name : new String[] {"data", "private", "lock", "state", "cache", "ncalrpc", "pid"}) {
      Files.createDirectories(folder.resolve(name));
    }
    var server = new SambaServer(folder, ServerProcess.freePort());
    Files.writeString(
        folder.resolve("smb.conf"),
        """
        [global]
        smb ports = %2$d
        interfaces = 127.0.0.1/8
        bind interfaces only = yes
        disable netbios = yes
        server min protocol = SMB3
        passdb backend = smbpasswd:%1$s/private/smbpasswd
        private dir = %1$s/private
        lock directory = %1$s/lock
        state directory = %1$s/state
        cache directory = %1$s/cache
        ncalrpc dir = %1$s/ncalrpc
        pid directory = %1$s/pid
        log file = %1$s/smbd.log
        load printers = no
        disable spoolss = yes
        [data]
        path = %1$s/data
        read only = no
        valid users = %3$s
        force user = %3$s
        case sensitive = yes
        follow symlinks = no
        """
            .formatted(folder, server.port, SshServer.USER));
    ServerProcess.run(
        PASSWORD + "\n" + PASSWORD + "\n",
        "/usr/bin/smbpasswd",
        "-c",
        folder.resolve("smb.conf").toString(),
        "-a",
        "-s",
        SshServer.USER);
    server.restart();
    return server;
  }

  /// Starts it again where it was.
  public void restart() throws Exception {
    process =
        ServerProcess.start(
            folder.resolve("smbd.out"),
            "/usr/sbin/smbd",
            "-F",
            "--no-process-group",
            "-s",
            folder.resolve("smb.conf").toString());
    process.awaitPort(port);
  }

  ServerProcess process() {
    return Objects.requireNonNull(process);
  }

  public int port() {
    return port;
  }

  public Path file(String name) {
    return folder.resolve(name);
  }

  public Path data() {
    return folder.resolve("data");
  }

  SmbSettings settings(String root) {
    return settings("data", root, PASSWORD, Duration.ofSeconds(10));
  }

  SmbSettings settings(String share, String root, String password, Duration timeout) {
    return new SmbSettings(
        "127.0.0.1",
        port,
        share,
        root,
        SshServer.USER,
        null,
        new Secret(password),
        false,
        LinkSettings.USUAL.within(timeout));
  }

  @Override
  public void close() {
    process().kill();
  }
}
