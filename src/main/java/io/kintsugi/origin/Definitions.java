package io.kintsugi.origin;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.RegistryContract.OriginChange;
import io.kintsugi.contract.Secrets;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What becomes of a definition when some of it is said anew.
@Pure
final class Definitions {
  private Definitions() {}

  static OriginDefinition with(OriginDefinition old, Map<String, String> settings) {
    return new OriginDefinition(
        old.id(),
        old.kind(),
        settings,
        old.priority(),
        old.domain(),
        old.enabled(),
        old.readEnabled(),
        old.writeEnabled(),
        old.reserveBytes(),
        old.capacityBytes(),
        old.costPerGb(),
        old.sizeThresholdBytes(),
        old.weight(),
        old.role());
  }

  static OriginDefinition changed(OriginDefinition old, OriginChange change) {
    var threshold = change.sizeThresholdBytes();
    if (threshold == null) {
      threshold = old.sizeThresholdBytes();
    } else if (threshold < 0) {
      threshold = null;
    }
    return new OriginDefinition(
        old.id(),
        old.kind(),
        merged(old.settings(), change.settings()),
        or(change.priority(), old.priority()),
        or(change.domain(), old.domain()),
        or(change.enabled(), old.enabled()),
        or(change.readEnabled(), old.readEnabled()),
        or(change.writeEnabled(), old.writeEnabled()),
        or(change.reserveBytes(), old.reserveBytes()),
        or(change.capacityBytes(), old.capacityBytes()),
        or(change.costPerGb(), old.costPerGb()),
        threshold,
        or(change.weight(), old.weight()),
        old.role());
  }

  static Secrets changed(Secrets old, @Nullable Secrets change) {
    return change == null ? old : new Secrets(merged(old.values(), change.values()));
  }

  private static <T> T or(@Nullable T changed, T old) {
    return Objects.requireNonNullElse(changed, old);
  }

  private static Map<String, String> merged(
      Map<String, String> old, @Nullable Map<String, String> change) {
    var all = new HashMap<>(old);
    if (change != null) {
      all.putAll(change);
      all.values().removeIf(String::isEmpty);
    }
    return all;
  }

  /// Whether the place itself is another one or is spoken to otherwise.
  static boolean movesPlace(OriginDefinition old, OriginDefinition changed) {
    return !old.settings().equals(changed.settings())
        || old.enabled() != changed.enabled()
        || (old.kind().equals("s3") && old.capacityBytes() != changed.capacityBytes());
  }

  /// Names of the fields in which two definitions of one origin differ.
  static List<String> differences(OriginDefinition a, OriginDefinition b) {
    var names = new ArrayList<String>();
    note(names, "kind", a.kind(), b.kind());
    note(names, "priority", a.priority(), b.priority());
    note(names, "domain", a.domain(), b.domain());
    note(names, "enabled", a.enabled(), b.enabled());
    note(names, "read_enabled", a.readEnabled(), b.readEnabled());
    note(names, "write_enabled", a.writeEnabled(), b.writeEnabled());
    note(names, "reserve_bytes", a.reserveBytes(), b.reserveBytes());
    note(names, "capacity", a.capacityBytes(), b.capacityBytes());
    note(names, "cost_per_gb", a.costPerGb(), b.costPerGb());
    note(names, "size_threshold", a.sizeThresholdBytes(), b.sizeThresholdBytes());
    note(names, "weight", a.weight(), b.weight());
    var settings = new TreeSet<>(a.settings().keySet());
    settings.addAll(b.settings().keySet());
    settings.forEach(name -> note(names, name, a.settings().get(name), b.settings().get(name)));
    return names;
  }

  private static void note(
      List<String> names, String name, @Nullable Object a, @Nullable Object b) {
    if (!Objects.equals(a, b)) {
      names.add(name);
    }
  }
}
