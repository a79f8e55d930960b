package io.kintsugi.driver;

import io.kintsugi.kernel.Secret;
import org.jspecify.annotations.Nullable;

/// A folder of a share that an SMB 3 server offers.
///
/// @param root within the share; `""` for its top
/// @param domain null for none
/// @param encrypt refuse to speak in the clear even if the server would
public record SmbSettings(
    String host,
    int port,
    String share,
    String root,
    String user,
    @Nullable String domain,
    Secret password,
    boolean encrypt,
    LinkSettings links) {
  public static final int USUAL_PORT = 445;
}
