package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.RegistryContract.Usage;
import io.kintsugi.contract.Secrets;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One origin that this node knows of, whether it can be served or not.
final class Entry {
  private OriginDefinition definition;
  private Secrets secrets = Secrets.NONE;
  private @Nullable OriginState state;
  private @Nullable Host host;
  private @Nullable String deployment;
  private @Nullable String trouble;
  private Usage usage = Usage.NONE;
  private long version;
  private boolean draining;

  /// @param version of its row in the catalog; 0: it has none
  Entry(OriginDefinition definition, long version) {
    this.definition = definition;
    this.version = version;
  }

  OriginDefinition definition() {
    return definition;
  }

  long version() {
    return version;
  }

  Secrets secrets() {
    return secrets;
  }

  String source() {
    return version == 0 ? "file" : "runtime";
  }

  /// Done when its host, if it has one, goes by it.
  Future<Void> define(OriginDefinition changed, Secrets credentials, long newVersion) {
    definition = changed;
    secrets = credentials;
    version = newVersion;
    var by = host;
    var deployed = deployment;
    if (by == null) {
      return Future.succeededFuture();
    }
    return by.apply(changed)
        .map(told -> {
          // Not of a host that was let go of meanwhile.
          if (told != null && Objects.equals(deployed, deployment)) {
            heard(told);
          }
          return null;
        });
  }

  void probeEvery(Duration interval) {
    if (host != null) {
      host.probeEvery(interval);
    }
  }

  boolean isDraining() {
    return draining;
  }

  /// Nothing is placed there from then on; what was placed before may still be written.
  void drain(boolean leaves) {
    draining = leaves;
  }

  void use(Usage counted) {
    usage = counted;
  }

  Usage usage() {
    return usage;
  }

  void served(Host by, String deploymentId) {
    host = by;
    deployment = deploymentId;
    trouble = null;
  }

  /// Why it cannot be served.
  void refused(String why) {
    trouble = why;
  }

  @Nullable String deployment() {
    return deployment;
  }

  boolean isServed() {
    return deployment != null;
  }

  void unserved() {
    host = null;
    deployment = null;
    state = null;
  }

  void heard(OriginState told) {
    state = told;
  }

  /// The origin as everybody is to see it: what its host says, within what it may be used for.
  OriginState told() {
    var seen = state;
    if (seen == null) {
      return unseen();
    }
    long capacity = definition.capacityBytes();
    long total = capacity > 0 ? Math.min(capacity, seen.totalBytes()) : seen.totalBytes();
    long free =
        capacity > 0
            ? Math.clamp(capacity - usage.usedBytes(), 0, Math.max(0, seen.freeBytes()))
            : seen.freeBytes();
    boolean over = capacity > 0 && free < definition.reserveBytes();
    var flags = new ArrayList<>(seen.flags());
    if (over && !flags.contains(OriginState.FULL)) {
      flags.add(OriginState.FULL);
    }
    if (draining) {
      flags.add(OriginState.DRAINING);
    }
    var reason = seen.reason();
    if (reason == null && over) {
      reason = "its capacity is used up";
    }
    return new OriginState(
        seen.id(),
        seen.kind(),
        seen.path(),
        definition.domain(),
        definition.priority(),
        seen.health(),
        seen.marker(),
        seen.incarnation(),
        seen.writable() && definition.writeEnabled() && !draining && !over,
        total,
        free,
        seen.freeInodes(),
        seen.latencyP50Millis(),
        seen.latencyP99Millis(),
        seen.consecutiveFailures(),
        seen.lastCheck(),
        reason,
        seen.braked(),
        flags);
  }

  private OriginState unseen() {
    var why = definition.enabled() ? "it is not served yet" : "it is switched off";
    var flags = new ArrayList<String>();
    if (trouble != null) {
      flags.add(OriginState.MISCONFIGURED);
    }
    if (draining) {
      flags.add(OriginState.DRAINING);
    }
    return new OriginState(
        definition.id(),
        definition.kind(),
        Kinds.place(definition),
        definition.domain(),
        definition.priority(),
        trouble == null ? "unknown" : "unhealthy",
        "unreadable",
        null,
        false,
        0,
        0,
        -1,
        0,
        0,
        0,
        Instant.EPOCH,
        trouble == null ? why : trouble,
        null,
        flags);
  }
}
