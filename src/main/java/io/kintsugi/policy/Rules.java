package io.kintsugi.policy;

import io.kintsugi.contract.PolicyContract.ChangeHealPolicy;
import io.kintsugi.contract.PolicyContract.ChangeScanPolicy;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.PolicyContract.StartSystem;
import io.kintsugi.contract.PolicyContract.SystemState;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.Pure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a policy may say, and what becomes of one when a change is asked for.
@Pure
final class Rules {
  static final Set<String> MODES = Set.of("Quick", "Normal", "Deep");
  static final Set<String> MAPPED =
      Set.of("critical_buckets", "important_buckets", "standard_buckets");
  private static final long INTERVAL_MIN_MILLIS = Duration.ofMinutes(1).toMillis();
  private static final long INTERVAL_MAX_MILLIS = Duration.ofDays(366).toMillis();
  private static final int WORKERS_MAX = 256;
  private static final int QUEUE_MAX = 10_000_000;
  private static final int BUCKETS_MAX = 1_000;
  private static final String BUCKET_NAME = "\\.?[a-z0-9][a-z0-9.-]{1,62}";

  /// One thing that is wrong with a change.
  record Objection(String field, String message) {}

  private Rules() {}

  /// The policies of a node that was never told anything.
  static Policies defaults(String systemId, Instant now) {
    return new Policies(
        new ScanPolicy(1, "Normal", Duration.ofHours(24).toMillis(), 0.1, 0, 4, false, List.of()),
        new HealPolicy(
            1,
            8,
            Duration.ofMinutes(5).toMillis(),
            true,
            true,
            Map.of(
                "critical_buckets", Priority.EMERGENCY,
                "important_buckets", Priority.HIGH,
                "standard_buckets", Priority.NORMAL),
            16,
            50_000),
        new SystemState(1, systemId, "Running", now, 10_000, 1_000));
  }

  static ScanPolicy change(ScanPolicy old, ChangeScanPolicy change) {
    return new ScanPolicy(
        old.version() + 1,
        or(change.defaultScanMode(), old.defaultScanMode()),
        or(change.defaultScanIntervalMillis(), old.defaultScanIntervalMillis()),
        or(change.deepScanProbability(), old.deepScanProbability()),
        or(change.bandwidthLimitMbps(), old.bandwidthLimitMbps()),
        or(change.concurrentScanners(), old.concurrentScanners()),
        or(change.skipSystemObjects(), old.skipSystemObjects()),
        or(change.priorityBuckets(), old.priorityBuckets()));
  }

  static HealPolicy change(HealPolicy old, ChangeHealPolicy change) {
    var mapping = new TreeMap<>(old.priorityMapping());
    if (change.priorityMapping() != null) {
      mapping.putAll(change.priorityMapping());
    }
    return new HealPolicy(
        old.version() + 1,
        or(change.maxConcurrentHeals(), old.maxConcurrentHeals()),
        or(change.emergencyHealTimeoutMillis(), old.emergencyHealTimeoutMillis()),
        or(change.autoHealEnabled(), old.autoHealEnabled()),
        or(change.healVerificationRequired(), old.healVerificationRequired()),
        mapping,
        old.maxWorkers(),
        old.queueCapacity(),
        or(change.rebuildAfterMillis(), old.rebuildAfter()));
  }

  /// The scan policy after a start of the system; the very same if the start says nothing of it.
  static ScanPolicy start(ScanPolicy old, StartSystem start) {
    if (start.defaultScanMode() == null && start.scanIntervalMillis() == null) {
      return old;
    }
    return change(
        old,
        new ChangeScanPolicy(
            null,
            start.defaultScanMode(),
            start.scanIntervalMillis(),
            null,
            null,
            null,
            null,
            null));
  }

  /// The heal policy after a start of the system; the very same if the start says nothing of it.
  static HealPolicy start(HealPolicy old, StartSystem start) {
    if (start.maxWorkers() == null && start.queueCapacity() == null) {
      return old;
    }
    return new HealPolicy(
        old.version() + 1,
        old.maxConcurrentHeals(),
        old.emergencyHealTimeoutMillis(),
        old.autoHealEnabled(),
        old.healVerificationRequired(),
        old.priorityMapping(),
        or(start.maxWorkers(), old.maxWorkers()),
        or(start.queueCapacity(), old.queueCapacity()),
        old.rebuildAfterMillis());
  }

  static SystemState start(SystemState old, StartSystem start, Instant now) {
    boolean running = old.status().equals("Running");
    return new SystemState(
        old.version() + 1,
        old.systemId(),
        "Running",
        running ? old.startedAt() : now,
        or(start.eventBufferSize(), old.eventBufferSize()),
        or(start.maxConcurrentOperations(), old.maxConcurrentOperations()));
  }

  static SystemState stop(SystemState old) {
    return new SystemState(
        old.version() + 1,
        old.systemId(),
        "Stopped",
        old.startedAt(),
        old.eventBufferSize(),
        old.maxConcurrentOperations());
  }

  private static <T> T or(@Nullable T wanted, T old) {
    return wanted == null ? old : wanted;
  }

  static List<Objection> objections(ScanPolicy policy) {
    var list = new ArrayList<Objection>();
    mode(list, policy.defaultScanMode());
    interval(list, "default_scan_interval", policy.defaultScanIntervalMillis());
    double probability = policy.deepScanProbability();
    check(
        list, probability >= 0 && probability <= 1, "deep_scan_probability", "must be from 0 to 1");
    long megabytes = policy.bandwidthLimitMbps();
    check(
        list,
        megabytes >= 0 && megabytes <= 1_000_000,
        "bandwidth_limit_mbps",
        "must be 0 (no limit) to 1000000");
    range(list, "concurrent_scanners", policy.concurrentScanners(), 1, 64);
    var buckets = policy.priorityBuckets();
    check(
        list,
        buckets.size() <= BUCKETS_MAX,
        "priority_buckets",
        "at most " + BUCKETS_MAX + " names");
    for (var bucket : buckets) {
      check(
          list,
          bucket.matches(BUCKET_NAME),
          "priority_buckets",
          "'" + bucket + "' is not a bucket name");
    }
    return list;
  }

  static List<Objection> objections(HealPolicy policy) {
    var list = new ArrayList<Objection>();
    range(list, "max_concurrent_heals", policy.maxConcurrentHeals(), 1, WORKERS_MAX);
    range(list, "heal.max_workers", policy.maxWorkers(), 1, WORKERS_MAX);
    range(list, "heal.queue_capacity", policy.queueCapacity(), 1, QUEUE_MAX);
    long timeoutMillis = policy.emergencyHealTimeoutMillis();
    check(
        list,
        timeoutMillis >= 1_000 && timeoutMillis <= Duration.ofDays(1).toMillis(),
        "emergency_heal_timeout",
        "must be from 1s to 24h");
    long rebuildMillis = policy.rebuildAfter();
    check(
        list,
        rebuildMillis == HealPolicy.NEVER
            || (rebuildMillis >= 1_000 && rebuildMillis <= INTERVAL_MAX_MILLIS),
        "rebuild_after",
        "must be from 1s to 366d, or never");
    for (var name : policy.priorityMapping().keySet()) {
      check(
          list,
          MAPPED.contains(name),
          "priority_mapping",
          "'" + name + "' is not one of critical_buckets, important_buckets, standard_buckets");
    }
    return list;
  }

  static List<Objection> objections(SystemState system) {
    var list = new ArrayList<Objection>();
    range(list, "coordinator.event_buffer_size", system.eventBufferSize(), 1, QUEUE_MAX);
    range(
        list,
        "coordinator.max_concurrent_operations",
        system.maxConcurrentOperations(),
        1,
        1_000_000);
    return list;
  }

  private static void mode(List<Objection> list, String mode) {
    check(
        list,
        MODES.contains(mode),
        "default_scan_mode",
        "must be Quick, Normal or Deep, not " + mode);
  }

  private static void interval(List<Objection> list, String field, long millis) {
    check(
        list,
        millis >= INTERVAL_MIN_MILLIS && millis <= INTERVAL_MAX_MILLIS,
        field,
        "must be from 1m to 366d");
  }

  private static void range(List<Objection> list, String field, long value, long min, long max) {
    check(
        list,
        value >= min && value <= max,
        field,
        "must be %d to %d, not %d".formatted(min, max, value));
  }

  private static void check(List<Objection> list, boolean holds, String field, String message) {
    if (!holds) {
      list.add(new Objection(field, message));
    }
  }
}
