package io.kintsugi.contract;

import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Looking at everything, without end: what a scan can be asked, and what it says.
public final class ScanContract {
  /// One per damaged segment and scan.
  public static final Topic<IssueFound> ISSUE_FOUND =
      new Topic<>("scan.event.issue-found.v1", IssueFound.class);

  public static final Topic<ScanEnded> SCAN_ENDED =
      new Topic<>("scan.event.scan-ended.v1", ScanEnded.class);

  public static final Call<StartScan, ScanStarted> START_SCAN =
      new Call<>("scan.call.start-scan.v1", StartScan.class, ScanStarted.class);
  public static final Call<ScanId, ScanStatus> GET_SCAN =
      new Call<>("scan.call.get-scan.v1", ScanId.class, ScanStatus.class);
  public static final Call<ListScans, ScanList> LIST_SCANS =
      new Call<>("scan.call.list-scans.v1", ListScans.class, ScanList.class);
  public static final Call<ScanId, ScanStatus> PAUSE_SCAN =
      new Call<>("scan.call.pause-scan.v1", ScanId.class, ScanStatus.class);
  public static final Call<ScanId, ScanStatus> RESUME_SCAN =
      new Call<>("scan.call.resume-scan.v1", ScanId.class, ScanStatus.class);
  public static final Call<ScanId, ScanStatus> CANCEL_SCAN =
      new Call<>("scan.call.cancel-scan.v1", ScanId.class, ScanStatus.class);
  public static final Call<Subsystem.Ask, Subsystem> STATUS =
      new Call<>("scan.call.status.v1", Subsystem.Ask.class, Subsystem.class);

  public record IssueFound(String scanId, Issue issue) {}

  public record ScanEnded(String scanId, String status, Progress progress) {}

  /// A scan somebody wants.
  ///
  /// @param strategy Full (Incremental, Smart and Targeted are refused with a clear message until
  ///   they exist)
  /// @param mode Quick, Normal or Deep; null: the policy's default
  /// @param buckets empty: all
  /// @param maxObjects null: no limit
  public record StartScan(
      String strategy,
      @Nullable String mode,
      List<String> buckets,
      boolean includeSystemObjects,
      @Nullable Long maxObjects,
      Priority priority) {
    public StartScan {
      buckets = List.copyOf(buckets);
    }
  }

  public record ScanStarted(
      String scanId, String status, long estimatedMillis, long estimatedObjects) {}

  public record ScanId(String scanId) {}

  /// How a scan stands.
  ///
  /// @param unreachableOrigins origins with shards in scope that could not be judged so far;
  ///   nothing is known of those shards
  public record ScanStatus(
      String scanId,
      String strategy,
      String mode,
      Priority priority,
      String status,
      Progress progress,
      Instant created,
      @Nullable Instant ended,
      @Nullable String reason,
      @Nullable List<String> unreachableOrigins) {
    public ScanStatus {
      unreachableOrigins = unreachableOrigins == null ? null : List.copyOf(unreachableOrigins);
    }

    /// Whether it came to its end and judged every shard in scope. Only of a complete scan does
    /// silence mean that nothing is wrong.
    public boolean complete() {
      return status.equals("Completed") && progress.unreachableShards() == 0;
    }
  }

  /// How far a scan is.
  ///
  /// @param objectsScanned object versions looked at so far
  /// @param bytesScanned bytes of them verified so far, logical
  /// @param physicalBytes bytes read from origins
  /// @param completionPercentage 0 to 100, 100 only when completed
  /// @param remainingMillis null while unknown
  public record Progress(
      long objectsScanned,
      long objectsTotal,
      long bytesScanned,
      long physicalBytes,
      long issuesDetected,
      double completionPercentage,
      double scanRateOps,
      double scanRateBps,
      long elapsedMillis,
      @Nullable Long remainingMillis,
      long unreachableShards) {}

  public record ListScans(@Nullable String status, @Nullable String after, int max) {}

  public record ScanList(List<ScanStatus> scans, @Nullable String nextAfter) {
    public ScanList {
      scans = List.copyOf(scans);
    }
  }

  private ScanContract() {}
}
