package io.kintsugi.driver;

import java.io.Closeable;
import java.io.IOException;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.sftp.client.RawSftpClient;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.extensions.SftpClientExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHFsyncExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHLimitsExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatPathExtension;
import org.jspecify.annotations.Nullable;

/// One SSH session with one SFTP channel, and what its server offers beyond version 3.
///
/// @param rename replaces in one step; null if not offered
/// @param sync null if not offered
/// @param room null if not offered
/// @param chunkBytes so much of a file is read or written at a time
record SftpLink(
    ClientSession session,
    SftpClient sftp,
    RawSftpClient raw,
    @Nullable OpenSSHPosixRenameExtension rename,
    @Nullable OpenSSHFsyncExtension sync,
    @Nullable OpenSSHStatPathExtension room,
    int chunkBytes)
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
        offered(sftp.getExtension(OpenSSHStatPathExtension.class)),
        chunkBytes(offered(sftp.getExtension(OpenSSHLimitsExtension.class))));
  }

  private static int chunkBytes(@Nullable OpenSSHLimitsExtension limits) throws IOException {
    if (limits == null) {
      return SftpPackets.CHUNK_BYTES;
    }
    var told = limits.limits();
    long least = Math.min(told.maxReadLength, told.maxWriteLength);
    return (int) Math.clamp(least, SftpPackets.CHUNK_BYTES, (long) SftpPackets.CHUNK_BYTES_MAX);
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
