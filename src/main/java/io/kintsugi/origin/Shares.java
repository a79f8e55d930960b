package io.kintsugi.origin;

import io.kintsugi.contract.OriginKind;
import io.kintsugi.contract.Secrets;
import io.kintsugi.driver.LinkSettings;
import io.kintsugi.driver.MountSettings;
import io.kintsugi.driver.MountedDriver;
import io.kintsugi.driver.SftpDriver;
import io.kintsugi.driver.SftpSettings;
import io.kintsugi.driver.SmbDriver;
import io.kintsugi.driver.SmbSettings;
import io.kintsugi.kernel.Secret;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Origins that are folders of other machines: mounted here, or spoken to by SFTP or SMB.
final class Shares {
  /// Says that nothing need be mounted at the path of an origin of kind nfs.
  private static final String NO_MOUNT = "none";

  private static final int PORT_MAX = 65_535;

  private Shares() {}

  /// Adds the makers of all these kinds.
  static void makers(Kinds kinds) {
    kinds
        .with(OriginKind.NFS, (given, _) -> new MountedDriver(mount(given.settings())))
        .with(OriginKind.SFTP, (given, secrets) -> new SftpDriver(sftp(given.settings(), secrets)))
        .with(OriginKind.SMB, (given, secrets) -> new SmbDriver(smb(given.settings(), secrets)));
  }

  /// Unless it is said otherwise, the path itself must be a mount.
  static MountSettings mount(Map<String, String> given) {
    var path = Path.of(given.getOrDefault("path", ""));
    var point = given.get("mount_point");
    return point == null
        ? new MountSettings(path)
        : new MountSettings(path, point.equals(NO_MOUNT) ? null : Path.of(point));
  }

  /// Hosts are known by the file of whoever runs the node, unless another is named.
  static SftpSettings sftp(Map<String, String> given, Secrets secrets) {
    var key = given.get("key_file");
    var hosts = given.get("known_hosts");
    return new SftpSettings(
        given.getOrDefault("host", ""),
        port(given, SftpSettings.USUAL_PORT),
        given.getOrDefault("user", ""),
        given.getOrDefault("path", ""),
        secret(secrets, "password"),
        key == null ? null : Path.of(key),
        secret(secrets, "passphrase"),
        hosts == null
            ? Path.of(System.getProperty("user.home", "/"), ".ssh", "known_hosts")
            : Path.of(hosts),
        LinkSettings.USUAL);
  }

  static SmbSettings smb(Map<String, String> given, Secrets secrets) {
    var password = secret(secrets, "password");
    if (password == null) {
      throw new IllegalArgumentException("password is missing: give password_file or password_env");
    }
    return new SmbSettings(
        given.getOrDefault("host", ""),
        port(given, SmbSettings.USUAL_PORT),
        given.getOrDefault("share", ""),
        given.getOrDefault("path", ""),
        given.getOrDefault("user", ""),
        given.get("workgroup"),
        password,
        isTrue(given, "encrypt"),
        LinkSettings.USUAL);
  }

  private static int port(Map<String, String> given, int usual) {
    var text = given.get("port");
    if (text == null) {
      return usual;
    }
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > PORT_MAX) {
      throw new IllegalArgumentException("port must be 1 to 65535, not '" + text + "'");
    }
    return Integer.parseInt(text);
  }

  private static boolean isTrue(Map<String, String> given, String name) {
    return switch (given.getOrDefault(name, "false")) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(name + " must be true or false");
    };
  }

  private static @Nullable Secret secret(Secrets secrets, String name) {
    var value = secrets.values().get(name);
    return value == null || value.isEmpty() ? null : new Secret(value);
  }
}
