package io.kintsugi.driver;

import java.io.Closeable;
import java.io.IOException;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.RawSftpClient;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.extensions.SftpClientExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHFsyncExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatPathExtension;
import org.jspecify.annotations.Nullable;

/// One SSH session with one SFTP channel, and what its server offers beyond version 3.
///
/// @param rename replaces in one step; null if not offered
/// @param sync null if not offered
/// @param room null if not offered
record SftpLink(
    ClientSession session,
    SftpClient sftp,
    RawSftpClient raw,
    @Nullable OpenSSHPosixRenameExtension rename,
    @Nullable OpenSSHFsyncExtension sync,
    @Nullable OpenSSHStatPathExtension room)
    implements Closeable {
  static SftpLink of(ClientSession session, SftpClient sftp) throws IOException {
    if (!(sftp instanceof RawSftpClient raw)) {
      throw new IOException("this client cannot speak in packets");
    }
    return new SftpLink(
        session,
        sftp,
        raw,
        offered(sftp.getExtension(OpenSSHPosixRenameExtension.class)),
        offered(sftp.getExtension(OpenSSHFsyncExtension.class)),
        offered(sftp.getExtension(OpenSSHStatPathExtension.class)));
  }

  private static <E extends SftpClientExtension> @Nullable E offered(@Nullable E extension) {
    return extension != null && extension.isSupported() ? extension : null;
  }

  boolean isUsable() {
    return session.isOpen() && !session.isClosing() && sftp.isOpen() && !sftp.isClosing();
  }

  /// Cuts the connection; nobody waits for the server.
  @Override
  public void close() {
    session.close(true);
  }
}
