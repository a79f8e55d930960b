package io.kintsugi.driver;

import io.kintsugi.kernel.Secret;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A folder on an SSH server.
///
/// @param root absolute, or relative to the user's home
/// @param password null if a key is used
/// @param keyFile an OpenSSH or PEM private key; null if a password is used
/// @param passphrase of the key file; null if it has none
/// @param knownHosts in the format of OpenSSH; a server whose key it does not hold is refused
public record SftpSettings(
    String host,
    int port,
    String user,
    String root,
    @Nullable Secret password,
    @Nullable Path keyFile,
    @Nullable Secret passphrase,
    Path knownHosts,
    LinkSettings links) {
  public static final int USUAL_PORT = 22;

  public SftpSettings {
    if (password == null && keyFile == null) {
      throw new IllegalArgumentException("neither a password nor a key file is given");
    }
  }
}
