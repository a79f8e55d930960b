package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What people want of scanning and healing, and whether the two run at all. Applied at once.
public final class PolicyContract {
  /// Carries every policy whole; also published once when the policies are first known.
  public static final Topic<Policies> POLICIES_CHANGED =
      new Topic<>("policy.event.policies-changed.v1", Policies.class);

  public static final Call<GetPolicies, Policies> GET_POLICIES =
      new Call<>("policy.call.get-policies.v1", GetPolicies.class, Policies.class);
  public static final Call<ChangeScanPolicy, Policies> CHANGE_SCAN_POLICY =
      new Call<>("policy.call.change-scan-policy.v1", ChangeScanPolicy.class, Policies.class);
  public static final Call<ChangeHealPolicy, Policies> CHANGE_HEAL_POLICY =
      new Call<>("policy.call.change-heal-policy.v1", ChangeHealPolicy.class, Policies.class);
  public static final Call<StartSystem, Policies> START_SYSTEM =
      new Call<>("policy.call.start-system.v1", StartSystem.class, Policies.class);
  public static final Call<StopSystem, Policies> STOP_SYSTEM =
      new Call<>("policy.call.stop-system.v1", StopSystem.class, Policies.class);

  public record GetPolicies() {}

  public record Policies(ScanPolicy scan, HealPolicy heal, SystemState system) {}

  /// How scanning is done.
  ///
  /// @param version counts changes, from 1
  /// @param defaultScanMode Quick, Normal or Deep
  /// @param defaultScanIntervalMillis between two scans that nobody asked for
  /// @param deepScanProbability 0 to 1: how likely such a scan is a deep one
  /// @param bandwidthLimitMbps 10^6 bytes a second over all scanners of a node; 0 is no limit
  /// @param priorityBuckets scanned first
  public record ScanPolicy(
      long version,
      String defaultScanMode,
      long defaultScanIntervalMillis,
      double deepScanProbability,
      long bandwidthLimitMbps,
      int concurrentScanners,
      boolean skipSystemObjects,
      List<String> priorityBuckets) {
    public ScanPolicy {
      priorityBuckets = List.copyOf(priorityBuckets);
    }
  }

  /// How healing is done.
  ///
  /// @param maxWorkers as given to system/start; of it and `maxConcurrentHeals` the smaller wins
  /// @param queueCapacity how many requests of callers may be open
  /// @param priorityMapping keys critical_buckets, important_buckets, standard_buckets
  /// @param rebuildAfterMillis how long an origin may be away before its shards are rebuilt
  ///   elsewhere; [#NEVER]: they are not; null: nobody has said, so half an hour
  public record HealPolicy(
      long version,
      int maxConcurrentHeals,
      long emergencyHealTimeoutMillis,
      boolean autoHealEnabled,
      boolean healVerificationRequired,
      Map<String, Priority> priorityMapping,
      int maxWorkers,
      int queueCapacity,
      @Nullable Long rebuildAfterMillis) {
    /// For what is away stays away.
    public static final long NEVER = 0;

    private static final long REBUILD_AFTER_MILLIS = 1_800_000;

    public HealPolicy {
      priorityMapping = Map.copyOf(priorityMapping);
    }

    /// A policy that says nothing of what is away.
    public HealPolicy(
        long version,
        int maxConcurrentHeals,
        long emergencyHealTimeoutMillis,
        boolean autoHealEnabled,
        boolean healVerificationRequired,
        Map<String, Priority> priorityMapping,
        int maxWorkers,
        int queueCapacity) {
      this(
          version,
          maxConcurrentHeals,
          emergencyHealTimeoutMillis,
          autoHealEnabled,
          healVerificationRequired,
          priorityMapping,
          maxWorkers,
          queueCapacity,
          null);
    }

    /// What holds of what is away: [#NEVER], or after so many milliseconds.
    public long rebuildAfter() {
      return rebuildAfterMillis == null ? REBUILD_AFTER_MILLIS : rebuildAfterMillis;
    }
  }

  /// Whether scanning and healing run.
  ///
  /// @param status Running or Stopped: whether scanning and healing run; the data path always does
  /// @param startedAt when it was last started
  public record SystemState(
      long version,
      String systemId,
      String status,
      Instant startedAt,
      int eventBufferSize,
      int maxConcurrentOperations) {}

  /// Null fields stay as they are.
  ///
  /// @param ifVersion the version the caller saw, else PRECONDITION_FAILED; null for any
  public record ChangeScanPolicy(
      @Nullable Long ifVersion,
      @Nullable String defaultScanMode,
      @Nullable Long defaultScanIntervalMillis,
      @Nullable Double deepScanProbability,
      @Nullable Long bandwidthLimitMbps,
      @Nullable Integer concurrentScanners,
      @Nullable Boolean skipSystemObjects,
      @Nullable List<String> priorityBuckets) {}

  /// Null fields stay as they are.
  public record ChangeHealPolicy(
      @Nullable Long ifVersion,
      @Nullable Integer maxConcurrentHeals,
      @Nullable Long emergencyHealTimeoutMillis,
      @Nullable Boolean autoHealEnabled,
      @Nullable Boolean healVerificationRequired,
      @Nullable Map<String, Priority> priorityMapping,
      @Nullable Long rebuildAfterMillis) {
    /// A change that says nothing of what is away.
    public ChangeHealPolicy(
        @Nullable Long ifVersion,
        @Nullable Integer maxConcurrentHeals,
        @Nullable Long emergencyHealTimeoutMillis,
        @Nullable Boolean autoHealEnabled,
        @Nullable Boolean healVerificationRequired,
        @Nullable Map<String, Priority> priorityMapping) {
      this(
          ifVersion,
          maxConcurrentHeals,
          emergencyHealTimeoutMillis,
          autoHealEnabled,
          healVerificationRequired,
          priorityMapping,
          null);
    }
  }

  /// Null fields stay as they are. On a running system the given fields are applied and the first
  /// `startedAt` stays.
  public record StartSystem(
      @Nullable Integer eventBufferSize,
      @Nullable Integer maxConcurrentOperations,
      @Nullable String defaultScanMode,
      @Nullable Long scanIntervalMillis,
      @Nullable Integer maxWorkers,
      @Nullable Integer queueCapacity) {}

  public record StopSystem() {}

  private PolicyContract() {}
}
