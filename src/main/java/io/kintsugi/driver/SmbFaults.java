package io.kintsugi.driver;

import com.hierynomus.mserref.NtStatus;
import com.hierynomus.mssmb2.SMBApiException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;

/// What an SMB server, or the way to it, meant.
final class SmbFaults {
  private static final long MEDIA_WRITE_PROTECTED = 0xC00000A2L;
  private static final long QUOTA_EXCEEDED = 0xC0000044L;

  private SmbFaults() {}

  static DriverException exception(String name, Exception cause) {
    return new DriverException(fault(name, cause), cause);
  }

  static Fault fault(String name, Exception cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof SMBApiException e) {
        return byStatus(name, e);
      }
      if (t instanceof TimeoutException) {
        return new Fault.Timeout(name);
      }
    }
    return new Fault.Disconnected(name, words(cause));
  }

  private static Fault byStatus(String name, SMBApiException cause) {
    if (cause.getStatusCode() == MEDIA_WRITE_PROTECTED) {
      return new Fault.ReadOnly(name);
    }
    if (cause.getStatusCode() == QUOTA_EXCEEDED) {
      return new Fault.Full(name);
    }
    return switch (cause.getStatus()) {
      case STATUS_NO_SUCH_FILE,
          STATUS_OBJECT_NAME_NOT_FOUND,
          STATUS_OBJECT_PATH_NOT_FOUND,
          STATUS_NOT_FOUND,
          STATUS_DELETE_PENDING,
          STATUS_FILE_DELETED,
          STATUS_NOT_A_DIRECTORY ->
          new Fault.NotFound(name);
      case STATUS_OBJECT_NAME_COLLISION, STATUS_FILE_IS_A_DIRECTORY -> new Fault.Exists(name);
      case STATUS_DISK_FULL -> new Fault.Full(name);
      case STATUS_ACCESS_DENIED, STATUS_SHARING_VIOLATION, STATUS_PRIVILEGE_NOT_HELD ->
          new Fault.Denied(name);
      case STATUS_TOO_MANY_OPENED_FILES -> new Fault.TooManyFiles(name);
      case STATUS_IO_TIMEOUT, STATUS_TIMEOUT -> new Fault.Timeout(name);
      case STATUS_LOGON_FAILURE,
          STATUS_PASSWORD_EXPIRED,
          STATUS_ACCOUNT_DISABLED,
          STATUS_LOGON_TYPE_NOT_GRANTED,
          STATUS_BAD_NETWORK_NAME ->
          new Fault.Misconfigured(name, words(cause.getStatus()));
      case STATUS_NETWORK_NAME_DELETED,
          STATUS_USER_SESSION_DELETED,
          STATUS_NETWORK_SESSION_EXPIRED,
          STATUS_CONNECTION_DISCONNECTED,
          STATUS_CONNECTION_RESET,
          STATUS_FILE_CLOSED,
          STATUS_VOLUME_DISMOUNTED ->
          new Fault.Disconnected(name, words(cause.getStatus()));
      default -> new Fault.Io(name, words(cause.getStatus()));
    };
  }

  private static String words(NtStatus status) {
    return switch (status) {
      case STATUS_LOGON_FAILURE -> "the server refuses the user or the password";
      case STATUS_BAD_NETWORK_NAME -> "the server has no such share";
      default -> status.name();
    };
  }

  private static String words(Exception cause) {
    var words = cause.getMessage();
    return words != null && cause instanceof IOException ? words : cause.getClass().getSimpleName();
  }
}
