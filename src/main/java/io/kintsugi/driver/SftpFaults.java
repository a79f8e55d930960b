package io.kintsugi.driver;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.util.concurrent.TimeoutException;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/// What an SSH server, or the way to it, meant.
final class SftpFaults {
  private SftpFaults() {}

  static DriverException exception(String name, IOException cause) {
    return new DriverException(fault(name, cause), cause);
  }

  static Fault fault(String name, IOException cause) {
    if (cause instanceof SftpException e) {
      return byStatus(name, e.getStatus(), String.valueOf(e.getMessage()));
    }
    return isTimeout(cause) ? new Fault.Timeout(name) : new Fault.Disconnected(name, words(cause));
  }

  static Fault byStatus(String name, int status, String words) {
    return switch (status) {
      case SftpConstants.SSH_FX_NO_SUCH_FILE,
          SftpConstants.SSH_FX_NO_SUCH_PATH,
          SftpConstants.SSH_FX_NOT_A_DIRECTORY ->
          new Fault.NotFound(name);
      case SftpConstants.SSH_FX_PERMISSION_DENIED -> new Fault.Denied(name);
      case SftpConstants.SSH_FX_FILE_ALREADY_EXISTS, SftpConstants.SSH_FX_FILE_IS_A_DIRECTORY ->
          new Fault.Exists(name);
      case SftpConstants.SSH_FX_WRITE_PROTECT -> new Fault.ReadOnly(name);
      case SftpConstants.SSH_FX_NO_SPACE_ON_FILESYSTEM, SftpConstants.SSH_FX_QUOTA_EXCEEDED ->
          new Fault.Full(name);
      case SftpConstants.SSH_FX_NO_CONNECTION, SftpConstants.SSH_FX_CONNECTION_LOST ->
          new Fault.Disconnected(name, words);
      default -> new Fault.Io(name, words);
    };
  }

  /// The library wraps what it met several times over.
  private static boolean isTimeout(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof TimeoutException || t instanceof InterruptedIOException) {
        return true;
      }
    }
    return false;
  }

  /// Why no connection comes about as long as nobody changes something; null if that is not so.
  static @Nullable String refusal(IOException cause, SftpSettings settings) {
    if (!(cause instanceof SshException e)) {
      return null;
    }
    return switch (e.getDisconnectCode()) {
      case SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE ->
          "the server refuses the user " + settings.user();
      case SshConstants.SSH2_DISCONNECT_HOST_KEY_NOT_VERIFIABLE ->
          Files.isReadable(settings.knownHosts())
              ? "the key of the server is not the one in " + settings.knownHosts()
              : settings.knownHosts() + " cannot be read, so no server's key is known";
      default -> null;
    };
  }

  private static String words(IOException cause) {
    var words = cause.getMessage();
    return words == null ? cause.getClass().getSimpleName() : words;
  }
}
