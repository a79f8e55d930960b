package io.kintsugi.driver;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.sftp.client.SftpErrorDataHandler;
import org.apache.sshd.sftp.client.SftpVersionSelector;
import org.apache.sshd.sftp.client.impl.DefaultSftpClient;
import org.apache.sshd.sftp.client.impl.DefaultSftpClientFactory;

/// Makes SFTP clients that wait no longer than that for any answer. The library's own wait as long
/// as a session may be idle.
final class SftpClients extends DefaultSftpClientFactory {
  private final Duration timeout;

  SftpClients(Duration timeout) {
    this.timeout = timeout;
  }

  @Override
  protected DefaultSftpClient createDefaultSftpClient(
      ClientSession session, SftpVersionSelector selector, SftpErrorDataHandler errors)
      throws IOException {
    return new Client(session, selector, errors, timeout);
  }

  private static final class Client extends DefaultSftpClient {
    private final Duration timeout;

    Client(
        ClientSession session,
        SftpVersionSelector selector,
        SftpErrorDataHandler errors,
        Duration timeout)
        throws IOException {
      // Before the rest, which speaks to the server already.
      this.timeout = timeout;
      super(session, selector, errors);
    }

    @Override
    public Buffer receive(int id) throws IOException {
      var answer = receive(id, timeout);
      if (answer == null) {
        throw new SocketTimeoutException("no answer in time");
      }
      return answer;
    }
  }
}
