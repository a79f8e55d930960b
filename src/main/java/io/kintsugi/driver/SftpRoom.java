package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Space;
import java.io.IOException;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatExtensionInfo;
import org.jspecify.annotations.Nullable;

/// What an SSH server tells of the file system behind a path.
///
/// @param told null if it tells nothing
record SftpRoom(@Nullable OpenSSHStatExtensionInfo told) {
  /// Less room than this is none.
  private static final long FULL_BYTES = 1L << 20;

  static SftpRoom of(SftpLink link, String path) throws IOException {
    var room = link.room();
    return new SftpRoom(room == null ? null : room.stat(path));
  }

  Space space() {
    return told == null
        ? Space.UNTOLD
        : new Space(
            told.f_blocks * told.f_frsize,
            told.f_bavail * told.f_frsize,
            told.f_files > 0 ? told.f_favail : -1);
  }

  boolean isReadOnly() {
    return told != null && (told.f_flag & OpenSSHStatExtensionInfo.SSH_FXE_STATVFS_ST_RDONLY) != 0;
  }

  boolean isFull() {
    return told != null
        && ((told.f_files > 0 && told.f_favail == 0) || told.f_bavail * told.f_frsize < FULL_BYTES);
  }

  /// Empty if the server does not tell one file system from another.
  String fileSystem() {
    return told == null ? "" : Long.toHexString(told.f_fsid);
  }
}
