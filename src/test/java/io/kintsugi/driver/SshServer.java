package io.kintsugi.driver;

import io.kintsugi.kernel.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// OpenSSH's server on loopback, from a folder of its own.
public final class SshServer implements AutoCloseable {
  /// Everything runs as who runs the tests.
  public static final String USER = System.getProperty("user.name");

  private final Path folder;
  private final int port;
  private @Nullable ServerProcess process;

  private SshServer(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  public static SshServer start(Path folder) throws Exception {
    Files.createDirectories(folder.resolve("data"));
    if (USER.equals("root")) {
      // Only root's server separates its privileges, and wants an empty folder for it.
      Files.createDirectories(Path.of("/run/sshd"));
    }
    var server = new SshServer(folder, ServerProcess.freePort());
    for (var key : new String[] {"host", "user", "other"}) {
      ServerProcess.run(
          "", "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder + "/" + key);
    }
    Files.copy(folder.resolve("user.pub"), folder.resolve("authorized_keys"));
    Files.writeString(folder.resolve("known_hosts"), server.knownHost("host.pub"));
    Files.writeString(folder.resolve("wrong_hosts"), server.knownHost("other.pub"));
    Files.writeString(
        folder.resolve("sshd_config"),
        """
        Port %d
        ListenAddress 127.0.0.1
        HostKey %s/host
        AuthorizedKeysFile %s/authorized_keys
        PidFile %s/sshd.pid
        StrictModes no
        UsePAM no
        PasswordAuthentication yes
        PermitRootLogin yes
        MaxStartups 100
        Subsystem sftp internal-sftp
        """
            .formatted(server.port, folder, folder, folder));
    server.restart();
    return server;
  }

  private String knownHost(String publicKey) throws IOException {
    var words = Files.readString(folder.resolve(publicKey)).split(" ", -1);
    return "[127.0.0.1]:%d %s %s%n".formatted(port, words[0], words[1]);
  }

  /// Starts it again where it was, with another host key.
  ///
  /// @param key host, or other
  public void restartAs(String key) throws Exception {
    var file = folder.resolve("sshd_config");
    var lines = Files.readString(file);
    Files.writeString(
        file, lines.replaceFirst("(?m)^HostKey .*$", "HostKey " + folder.resolve(key)));
    restart();
  }

  /// Starts it again where it was.
  public void restart() throws Exception {
    process =
        ServerProcess.start(
            folder.resolve("sshd.log"),
            "/usr/sbin/sshd",
            "-D",
            "-e",
            "-f",
            folder.resolve("sshd_config").toString());
    process.awaitPort(port);
  }

  ServerProcess process() {
    return Objects.requireNonNull(process);
  }

  public int port() {
    return port;
  }

  /// A file beside the server's: a key, a list of hosts.
  public Path file(String name) {
    return folder.resolve(name);
  }

  /// Where roots may lie.
  public Path data() {
    return folder.resolve("data");
  }

  SftpSettings settings(String root) {
    return new SftpSettings(
        "127.0.0.1",
        port,
        USER,
        data() + "/" + root,
        null,
        file("user"),
        null,
        file("known_hosts"),
        LinkSettings.USUAL.within(Duration.ofSeconds(10)));
  }

  SftpSettings settings(String root, Duration timeout) {
    var usual = settings(root);
    return new SftpSettings(
        usual.host(),
        usual.port(),
        usual.user(),
        usual.root(),
        null,
        usual.keyFile(),
        null,
        usual.knownHosts(),
        usual.links().within(timeout));
  }

  SftpSettings withPassword(String root, String password) {
    var usual = settings(root);
    return new SftpSettings(
        usual.host(),
        usual.port(),
        usual.user(),
        usual.root(),
        new Secret(password),
        null,
        null,
        usual.knownHosts(),
        usual.links());
  }

  SftpSettings withFiles(String root, Path keyFile, Path knownHosts) {
    var usual = settings(root);
    return new SftpSettings(
        usual.host(),
        usual.port(),
        usual.user(),
        usual.root(),
        null,
        keyFile,
        null,
        knownHosts,
        usual.links());
  }

  /// Ends it in the middle of whatever it does.
  public void kill() {
    process().kill();
  }

  @Override
  public void close() {
    process().kill();
  }
}
