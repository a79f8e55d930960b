package io.kintsugi.driver;

import com.hierynomus.mssmb2.SMB2Dialect;
import com.hierynomus.smbj.SMBClient;
import com.hierynomus.smbj.SmbConfig;
import com.hierynomus.smbj.auth.AuthenticationContext;
import com.hierynomus.smbj.connection.Connection;
import com.hierynomus.smbj.share.DiskShare;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/// Makes connections to one share. What is signed or encrypted is what both sides agree on; version
/// 3 of the protocol keeps others from talking them out of it.
final class SmbConnecting implements LinkPool.Maker<SmbLink> {
  private final SmbSettings settings;

  SmbConnecting(SmbSettings settings) {
    this.settings = settings;
  }

  /// Each connection has a client of its own: the library shares one connection between all users
  /// of a client.
  private SMBClient client(Duration timeout) {
    return new SMBClient(
        SmbConfig.builder()
            .withDialects(SMB2Dialect.SMB_3_1_1, SMB2Dialect.SMB_3_0_2, SMB2Dialect.SMB_3_0)
            .withMultiProtocolNegotiate(false)
            .withDfsEnabled(false)
            .withSigningEnabled(true)
            .withEncryptData(settings.encrypt())
            .withSecurityProvider(new SmbSecurity())
            .withNegotiatedBufferSize()
            .withTimeout(settings.links().timeout().toMillis(), TimeUnit.MILLISECONDS)
            .withSoTimeout(0)
            .withSocketFactory(new ConnectingWithin(timeout))
            .build());
  }

  @Override
  public SmbLink connect(Deadline deadline) throws DriverException {
    var client = client(deadline.left());
    Connection connection = null;
    try {
      connection = client.connect(settings.host(), settings.port());
      var session =
          connection.authenticate(
              new AuthenticationContext(
                  settings.user(),
                  settings.password().reveal().toCharArray(),
                  settings.domain() == null ? "" : settings.domain()));
      if (session.isGuest() || session.isAnonymous()) {
        throw new DriverException(
            new Fault.Misconfigured("", "the server takes the user for a guest"));
      }
      if (session.connectShare(settings.share()) instanceof DiskShare share) {
        return new SmbLink(client, connection, share);
      }
      throw new DriverException(new Fault.Misconfigured("", "the share is no folder"));
    } catch (IOException | RuntimeException e) {
      cut(connection);
      throw refused(e);
    } catch (DriverException e) {
      cut(connection);
      throw e;
    }
  }

  /// Whoever is denied while he connects will be denied again.
  private static DriverException refused(Exception cause) {
    var fault = SmbFaults.fault("", cause);
    return new DriverException(
        fault instanceof Fault.Denied
            ? new Fault.Misconfigured("", "the server denies the share to the user")
            : fault,
        cause);
  }

  private static void cut(@Nullable Connection connection) {
    if (connection != null) {
      Closing.quietly(() -> connection.close(true));
    }
  }

  @Override
  public boolean isUsable(SmbLink connection) {
    return connection.isUsable();
  }

  /// Sockets that do not wait longer than that for a server that does not answer at all.
  private static final class ConnectingWithin extends SocketFactory {
    private final Duration timeout;

    ConnectingWithin(Duration timeout) {
      this.timeout = timeout;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return connect(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
        throws IOException {
      return connect(
          new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return connect(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(
        InetAddress address, int port, InetAddress localAddress, int localPort) throws IOException {
      return connect(
          new InetSocketAddress(address, port), new InetSocketAddress(localAddress, localPort));
    }

    private Socket connect(InetSocketAddress address, @Nullable InetSocketAddress local)
        throws IOException {
      if (address.isUnresolved()) {
        throw new UnknownHostException(address.getHostString());
      }
      var socket = new Socket();
      try {
        if (local != null) {
          socket.bind(local);
        }
        socket.setTcpNoDelay(true);
        socket.connect(address, Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE));
        return socket;
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }
  }
}
