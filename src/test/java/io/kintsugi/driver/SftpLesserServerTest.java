package io.kintsugi.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.kernel.Secret;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server that knows passwords, and nothing of what OpenSSH added to the protocol.
class SftpLesserServerTest {
  private static final String PASSWORD = "correct horse battery staple";

  @TempDir Path folder;

  private final SshServer server = SshServer.setUpDefaultServer();

  @BeforeEach
  void start() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    var key = generator.generateKeyPair();
    server.setHost("127.0.0.1");
    server.setPort(0);
    server.setKeyPairProvider(KeyPairProvider.wrap(key));
    server.setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE));
    server.setPasswordAuthenticator((_, password, _) -> password.equals(PASSWORD));
    server.setSubsystemFactories(List.of(new SftpSubsystemFactory()));
    SftpModuleProperties.OPENSSH_EXTENSIONS.set(server, "");
    SftpModuleProperties.CLIENT_EXTENSIONS.set(server, "");
    server.setFileSystemFactory(
        new VirtualFileSystemFactory(Files.createDirectory(folder.resolve("data"))));
    server.start();
    Files.writeString(
        folder.resolve("known_hosts"),
        "[127.0.0.1]:%d %s%n"
            .formatted(server.getPort(), PublicKeyEntry.toString(key.getPublic())));
  }

  @AfterEach
  void stop() throws Exception {
    server.stop(true);
  }

  private SftpDriver driver(String password) {
    return new SftpDriver(
        new SftpSettings(
            "127.0.0.1",
            server.getPort(),
            "somebody",
            "/root",
            new Secret(password),
            null,
            null,
            folder.resolve("known_hosts"),
            LinkSettings.USUAL));
  }

  @Test
  void theRightPasswordIsLetInAndTheWrongOneIsNot() throws Exception {
    try (var driver = driver(PASSWORD)) {
      driver.createRoot();
      driver.createSmall("x", new byte[] {1, 2, 3});
      assertThat(driver.readSmall("x", 10)).containsExactly(1, 2, 3);
    }
    try (var refused = driver("pa55word")) {
      assertThatThrownBy(refused::identity)
          .isInstanceOfSatisfying(
              DriverException.class,
              e -> {
                assertThat(e.fault()).isInstanceOf(Fault.Misconfigured.class);
                assertThat(Traces.of(e)).doesNotContain("pa55word");
              });
    }
  }

  @Test
  void whatItCannotDoIsSaidAndNotPretended() throws Exception {
    try (var driver = driver(PASSWORD)) {
      driver.createRoot();
      assertThat(driver.shortcomings())
          .containsExactly(
              "a folder cannot be flushed by SFTP",
              "the server does not offer statvfs@openssh.com: its room is not known");
      assertThat(driver.space()).isEqualTo(Driver.Space.UNTOLD);
      replace(driver, "x", "first");
      replace(driver, "x", "second");
      assertThat(driver.readSmall("x", 10)).isEqualTo("second".getBytes(UTF_8));
      assertThat(driver.list("")).containsExactly("x");
    }
  }

  private static void replace(Driver driver, String name, String text) throws DriverException {
    try (var file = driver.createReplacing(name, text.length())) {
      file.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
      file.publish();
    }
  }

  @Test
  void oneConnectionServesOneUserAndMoreComeWithMore() throws Exception {
    var open = new CountDownLatch(2);
    try (var driver = driver(PASSWORD)) {
      driver.createRoot();
      driver.createSmall("x", new byte[] {1});
      assertThat(driver.connections()).isEqualTo(1);
      try (var one = driver.openRead("x");
          var two = driver.openRead("x")) {
        assertThat(one.sizeBytes()).isEqualTo(two.sizeBytes());
        assertThat(driver.connections()).isEqualTo(2);
        for (var session : server.getActiveSessions()) {
          session.addCloseFutureListener(_ -> open.countDown());
        }
      }
    }
    // The server hears of it a moment later.
    assertThat(open.await(10, TimeUnit.SECONDS)).as("both are closed").isTrue();
  }
}
