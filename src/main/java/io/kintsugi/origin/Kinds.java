package io.kintsugi.origin;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginKind;
import io.kintsugi.contract.Secrets;
import io.kintsugi.driver.Driver;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// What each kind of origin is made of: checks what is said of one, and opens its driver.
final class Kinds {
  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final int SECRET_MAX_BYTES = 64 << 10;
  private static final double WEIGHT_MAX = 1_000_000;

  /// Opens one kind; may block a little.
  interface Maker {
    Driver open(OriginDefinition definition, Secrets secrets);
  }

  private final Map<OriginKind, Maker> makers = new HashMap<>();

  Kinds with(OriginKind kind, Maker maker) {
    makers.put(kind, maker);
    return this;
  }

  /// Kinds that are nothing but a folder of this machine.
  static Kinds ofFolders(Function<Path, Driver> local) {
    return new Kinds()
        .with(
            OriginKind.LOCAL,
            (definition, _) ->
                local.apply(Path.of(definition.settings().getOrDefault("path", ""))));
  }

  /// Fails with INVALID_REQUEST if it cannot be opened as it is said. Blocks for as long as it
  /// takes to read credentials.
  Driver open(OriginDefinition definition, Secrets given) {
    var kind = kind(definition);
    var maker = makers.get(kind);
    if (maker == null) {
      throw objection(definition, "kind " + kind.word() + " is not part of this node");
    }
    var values = new HashMap<>(given.values());
    for (var name : kind.secrets()) {
      secret(definition, name).ifPresent(value -> values.putIfAbsent(name, value));
    }
    try {
      return maker.open(definition, new Secrets(values));
    } catch (IllegalArgumentException e) {
      throw objection(definition, String.valueOf(e.getMessage()));
    }
  }

  private static Optional<String> secret(OriginDefinition definition, String name) {
    var settings = definition.settings();
    var variable = settings.get(name + "_env");
    if (variable != null) {
      var value = System.getenv(variable);
      if (value == null) {
        throw objection(definition, "there is no environment variable " + variable);
      }
      return Optional.of(value);
    }
    var file = settings.get(name + "_file");
    if (file == null) {
      return Optional.empty();
    }
    try {
      var path = Path.of(file);
      if (Files.size(path) > SECRET_MAX_BYTES) {
        throw objection(definition, file + " is too long for a credential");
      }
      return Optional.of(Files.readString(path).strip());
    } catch (IOException | InvalidPathException e) {
      throw objection(definition, file + " cannot be read: " + e.getClass().getSimpleName());
    }
  }

  private static OriginKind kind(OriginDefinition definition) {
    return OriginKind.of(definition.kind())
        .orElseThrow(() ->
            objection(
                definition,
                "kind '" + definition.kind() + "' is not known; known: " + OriginKind.words()));
  }

  private static Failure objection(OriginDefinition definition, String what) {
    return Failure.of(
        FailureCode.INVALID_REQUEST, "origin " + definition.id() + ": " + what, "what", "origin");
  }

  /// The definition with its path made absolute; fails with whatever is wrong with it.
  static OriginDefinition normal(OriginDefinition given) {
    if (!ID.matcher(given.id()).matches()) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST,
          "an origin's id must be 1 to 63 of a-z, 0-9 and -, not '" + given.id() + "'",
          "field",
          "id");
    }
    kind(given)
        .objection(given.settings())
        .ifPresent(what -> {
          throw objection(given, what);
        });
    try {
      WatchTerms.of(given.settings());
    } catch (IllegalArgumentException e) {
      throw objection(given, String.valueOf(e.getMessage()));
    }
    var role = given.role();
    require(
        given,
        role == null || role.equals(OriginDefinition.SHARDS) || role.equals(OriginDefinition.FILES),
        "role must be shards or files");
    require(given, !given.domain().isBlank(), "domain must not be empty");
    require(given, given.reserveBytes() >= 0, "reserve_bytes must not be negative");
    require(given, given.capacityBytes() >= 0, "capacity must not be negative");
    require(given, given.costPerGb() >= 0, "cost_per_gb must not be negative");
    var threshold = given.sizeThresholdBytes();
    require(given, threshold == null || threshold >= 0, "size_threshold must not be negative");
    require(
        given, given.weight() > 0 && given.weight() <= WEIGHT_MAX, "weight must be more than 0");
    return absolute(given);
  }

  private static void require(OriginDefinition definition, boolean holds, String otherwise) {
    if (!holds) {
      throw objection(definition, otherwise);
    }
  }

  private static OriginDefinition absolute(OriginDefinition given) {
    boolean folder = given.kind().equals("local") || given.kind().equals("nfs");
    if (!folder) {
      return given;
    }
    var settings = new HashMap<>(given.settings());
    try {
      settings.computeIfPresent(
          "path", (_, path) -> Path.of(path).toAbsolutePath().normalize().toString());
    } catch (InvalidPathException e) {
      throw objection(given, "path is not a path: " + e.getReason());
    }
    return given.draft().settings(settings).done();
  }

  /// Where it is, in one line and without credentials; no two origins are in one place.
  static String place(OriginDefinition definition) {
    var s = definition.settings();
    var path = s.getOrDefault("path", "");
    return switch (definition.kind()) {
      case "smb" -> "smb://" + host(s) + "/" + s.get("share") + slashed(path);
      case "sftp" -> "sftp://" + s.get("user") + "@" + host(s) + slashed(path);
      case "s3" ->
          "s3://"
              + s.get("bucket")
              + slashed(s.getOrDefault("prefix", ""))
              + (s.containsKey("endpoint") ? " at " + s.get("endpoint") : "");
      default -> path;
    };
  }

  /// Whether two origins are in one place, or one that holds shards lies within one of plain files
  /// or around it.
  static boolean collide(OriginDefinition a, OriginDefinition b) {
    var one = place(a);
    var other = place(b);
    if (a.kind().equals(b.kind()) && one.equals(other)) {
      return true;
    }
    boolean mixed = a.holdsFiles() != b.holdsFiles();
    return mixed && (within(one, other) || within(other, one));
  }

  private static boolean within(String inner, String outer) {
    return inner.equals(outer) || inner.startsWith(outer.endsWith("/") ? outer : outer + "/");
  }

  private static String host(Map<String, String> settings) {
    var port = settings.get("port");
    return settings.get("host") + (port == null ? "" : ":" + port);
  }

  private static String slashed(String path) {
    return path.isEmpty() || path.startsWith("/") ? path : "/" + path;
  }
}
