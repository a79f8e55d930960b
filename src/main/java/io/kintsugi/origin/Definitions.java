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

  static OriginDefinition changed(OriginDefinition old, OriginChange change) {
    return old.draft()
        .settings(merged(old.settings(), change.settings()))
        .priority(change.priority())
        .domain(change.domain())
        .enabled(change.enabled())
        .readEnabled(change.readEnabled())
        .writeEnabled(change.writeEnabled())
        .reserveBytes(change.reserveBytes())
        .capacityBytes(change.capacityBytes())
        .costPerGb(change.costPerGb())
        .sizeThresholdBytes(change.sizeThresholdBytes())
        .weight(change.weight())
        .done();
  }

  static Secrets changed(Secrets old, @Nullable Secrets change) {
    return change == null ? old : new Secrets(merged(old.values(), change.values()));
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
