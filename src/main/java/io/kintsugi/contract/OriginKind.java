package io.kintsugi.contract;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// A kind of origin, and the settings that say where one is and how it is spoken to. A credential
/// is never a setting, but the file (`<name>_file`) or the environment variable (`<name>_env`) that
/// holds it may be.
public enum OriginKind {
  LOCAL("path", "", ""),
  NFS("path", "mount_point", ""),
  SMB("host share user", "port path workgroup encrypt", "password"),
  SFTP("host user path", "port known_hosts key_file", "password passphrase"),
  S3(
      "bucket",
      "region endpoint prefix path_style ca_file checksums payloads",
      "access_key secret_key session_token");

  /// Whether others' changes are looked out for: `true`, `false` or how often to look, such as
  /// `60s`, where the place does not tell.
  public static final String WATCH = "watch";

  private final String required;
  private final String optional;
  private final String secrets;

  /// Names with spaces between them.
  OriginKind(String required, String optional, String secrets) {
    this.required = required;
    this.optional = optional;
    this.secrets = secrets;
  }

  /// As it stands in configurations.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Settings that must be there.
  public List<String> required() {
    return names(required);
  }

  private static List<String> names(String joined) {
    return joined.isEmpty() ? List.of() : List.of(joined.split(" ", -1));
  }

  /// Names of credentials.
  public List<String> secrets() {
    return names(secrets);
  }

  /// Every setting there is.
  public Set<String> settings() {
    var all = new LinkedHashSet<>(required());
    all.addAll(names(optional));
    all.add(WATCH);
    for (var secret : secrets()) {
      all.add(secret + "_file");
      all.add(secret + "_env");
    }
    return all;
  }

  /// Every setting of any kind.
  public static Set<String> allSettings() {
    var all = new TreeSet<String>();
    for (var kind : values()) {
      all.addAll(kind.settings());
    }
    return all;
  }

  public static Optional<OriginKind> of(String word) {
    for (var kind : values()) {
      if (kind.word().equals(word)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /// All words, for a message.
  public static String words() {
    var words = new ArrayList<String>();
    for (var kind : values()) {
      words.add(kind.word());
    }
    return String.join(", ", words);
  }

  /// What is wrong with the settings of one of this kind; empty if nothing is.
  public Optional<String> objection(Map<String, String> given) {
    for (var name : required()) {
      if (given.getOrDefault(name, "").isBlank()) {
        return Optional.of(name + " is missing");
      }
    }
    for (var name : new TreeSet<>(given.keySet())) {
      if (secrets().contains(name)) {
        return Optional.of(
            name
                + " is a credential: it belongs into a file ("
                + name
                + "_file) or into the environment ("
                + name
                + "_env)");
      }
      if (!settings().contains(name)) {
        return Optional.of(
            "'"
                + name
                + "' is no setting of kind "
                + word()
                + "; known here: "
                + String.join(", ", settings()));
      }
    }
    return Optional.empty();
  }
}
