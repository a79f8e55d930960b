package io.kintsugi.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.UserAuthFactory;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.password.PasswordIdentityProvider;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.sftp.SftpModuleProperties;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.apache.sshd.sftp.client.impl.AbstractSftpClient;
import org.jspecify.annotations.Nullable;

/// Makes SSH sessions that look at nothing but their settings: no configuration, keys or agent of
/// the account that runs the process.
final class SftpConnecting implements LinkPool.Maker<SftpLink>, AutoCloseable {
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final int MISSED_HEARTBEATS = 3;
  private static final int NETWORK_THREADS = 2;

  /// Taken from a socket at a time.
  private static final int NETWORK_READ_BYTES = 128 << 10;

  /// The first that both sides know is taken; the processor helps with those in front.
  private static final List<BuiltinCiphers> CIPHERS =
      List.of(
          BuiltinCiphers.aes128gcm,
          BuiltinCiphers.aes256gcm,
          BuiltinCiphers.aes128ctr,
          BuiltinCiphers.aes256ctr,
          BuiltinCiphers.cc20p1305_openssh);

  private final SftpSettings settings;

  /// One for each origin: in a shared one a server that is stuck delays the heartbeats of others.
  private final SshClient client;

  private final SftpClientFactory clients;

  SftpConnecting(SftpSettings settings) {
    this.settings = settings;
    client = SshClient.setUpDefaultClient();
    client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
    client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setPasswordIdentityProvider(PasswordIdentityProvider.EMPTY_PASSWORDS_PROVIDER);
    client.setFilePasswordProvider(FilePasswordProvider.EMPTY);
    client.setUserAuthFactories(ways());
    client.setCipherFactories(List.<NamedFactory<Cipher>>copyOf(CIPHERS));
    client.setServerKeyVerifier(verifier(settings.knownHosts()));
    var timeout = settings.links().timeout();
    clients = new SftpClients(timeout);
    CoreModuleProperties.NIO_WORKERS.set(client, NETWORK_THREADS);
    CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
    CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, MISSED_HEARTBEATS);
    CoreModuleProperties.CHANNEL_OPEN_TIMEOUT.set(client, timeout);
    CoreModuleProperties.AUTH_TIMEOUT.set(client, timeout);
    CoreModuleProperties.NIO2_READ_BUFFER_SIZE.set(client, NETWORK_READ_BYTES);
    // A question for the next piece must not wait until the server has acknowledged the last.
    CoreModuleProperties.TCP_NODELAY.set(client, true);
    SftpModuleProperties.SFTP_CHANNEL_OPEN_TIMEOUT.set(client, timeout);
    AbstractSftpClient.SFTP_CLIENT_CMD_TIMEOUT.set(client, timeout);
    client.start();
  }

  private List<UserAuthFactory> ways() {
    var ways = new ArrayList<UserAuthFactory>();
    if (settings.keyFile() != null) {
      ways.add(UserAuthPublicKeyFactory.INSTANCE);
    }
    if (settings.password() != null) {
      ways.add(UserAuthPasswordFactory.INSTANCE);
      ways.add(UserAuthKeyboardInteractiveFactory.INSTANCE);
    }
    return ways;
  }

  /// Nothing is learnt from a first meeting, nor while the file is missing.
  private static ServerKeyVerifier verifier(Path knownHosts) {
    var known = new KnownHostsServerKeyVerifier(RejectAllServerKeyVerifier.INSTANCE, knownHosts);
    return (session, address, key) ->
        Files.isReadable(knownHosts) && known.verifyServerKey(session, address, key);
  }

  @Override
  public SftpLink connect(Deadline deadline) throws DriverException {
    var keys = keys();
    ClientSession session = null;
    try {
      session =
          client
              .connect(settings.user(), settings.host(), settings.port())
              .verify(deadline.left())
              .getClientSession();
      keys.forEach(session::addPublicKeyIdentity);
      var password = settings.password();
      if (password != null) {
        session.addPasswordIdentity(password.reveal());
      }
      session.auth().verify(deadline.left());
      return SftpLink.of(session, clients.createSftpClient(session));
    } catch (IOException | RuntimeException e) {
      throw refused(session, e);
    } catch (DriverException e) {
      cut(session);
      throw e;
    }
  }

  private DriverException refused(@Nullable ClientSession session, Exception cause) {
    cut(session);
    if (!(cause instanceof IOException e)) {
      return new DriverException(
          new Fault.Disconnected("", cause.getClass().getSimpleName()), cause);
    }
    var why = SftpFaults.refusal(e, settings);
    return why == null
        ? SftpFaults.exception("", e)
        : new DriverException(new Fault.Misconfigured("", why), e);
  }

  private static void cut(@Nullable ClientSession session) {
    if (session != null) {
      session.close(true);
    }
  }

  private List<KeyPair> keys() throws DriverException {
    var file = settings.keyFile();
    if (file == null) {
      return List.of();
    }
    var passphrase = settings.passphrase();
    var provider =
        passphrase == null
            ? FilePasswordProvider.EMPTY
            : FilePasswordProvider.of(passphrase.reveal());
    try (var content = Files.newInputStream(file)) {
      var keys = new ArrayList<KeyPair>();
      var loaded =
          SecurityUtils.loadKeyPairIdentities(
              null, NamedResource.ofName(file.toString()), content, provider);
      if (loaded != null) {
        loaded.forEach(keys::add);
      }
      if (!keys.isEmpty()) {
        return keys;
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // Its words may hold parts of the file.
      throw new DriverException(
          new Fault.Misconfigured(
              "", "no key can be read from " + file + ": " + e.getClass().getSimpleName()));
    }
    throw new DriverException(new Fault.Misconfigured("", file + " holds no private key"));
  }

  @Override
  public boolean isUsable(SftpLink connection) {
    return connection.isUsable();
  }

  @Override
  public void close() {
    client.close(true);
    client.stop();
  }
}
