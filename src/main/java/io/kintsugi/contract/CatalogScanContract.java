package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Scans as the catalog keeps them (definition, progress, cursor, issues), and the rows a scanner
/// compares with what lies on the origins.
public final class CatalogScanContract {
  public static final Call<CreateScan, ScanRow> CREATE_SCAN =
      new Call<>("catalog.call.create-scan.v1", CreateScan.class, ScanRow.class);
  public static final Call<SaveScan, ScanRow> SAVE_SCAN =
      new Call<>("catalog.call.save-scan.v1", SaveScan.class, ScanRow.class);
  public static final Call<FindScan, ScanRow> FIND_SCAN =
      new Call<>("catalog.call.find-scan.v1", FindScan.class, ScanRow.class);
  public static final Call<ListScans, ScanRows> LIST_SCANS =
      new Call<>("catalog.call.list-scans.v1", ListScans.class, ScanRows.class);
  public static final Call<ListIssues, Issues> LIST_ISSUES =
      new Call<>("catalog.call.list-issues.v1", ListIssues.class, Issues.class);
  public static final Call<ListExtents, Extents> LIST_EXTENTS =
      new Call<>("catalog.call.list-extents.v1", ListExtents.class, Extents.class);
  public static final Call<ListShards, ShardRows> LIST_SHARDS =
      new Call<>("catalog.call.list-shards.v1", ListShards.class, ShardRows.class);
  public static final Call<NoteVerified, Done> NOTE_VERIFIED =
      new Call<>("catalog.call.note-verified.v1", NoteVerified.class, Done.class);
  public static final Call<NoteUnreferenced, Orphans> NOTE_UNREFERENCED =
      new Call<>("catalog.call.note-unreferenced.v1", NoteUnreferenced.class, Orphans.class);

  /// A scan to be.
  ///
  /// @param definitionJson the scan as asked for, as the scan feature writes it
  public record CreateScan(String definitionJson, Priority priority) {}

  /// A scan as it is kept.
  ///
  /// @param scanId `scan-<n>`
  /// @param status Started, Scanning, Paused, Completed, Cancelled or Failed
  /// @param stateJson cursor and progress, as the scan feature writes them; null at first
  public record ScanRow(
      String scanId,
      String definitionJson,
      Priority priority,
      String status,
      @Nullable String stateJson,
      Instant created,
      @Nullable Instant ended,
      long version) {}

  /// Saves cursor, progress and new issues in one transaction, if the row still has `version` (else
  /// CONFLICT). Issues are unique by (scan, type, version, segment).
  public record SaveScan(
      String scanId, long version, String status, String stateJson, List<Issue> newIssues) {
    public SaveScan {
      newIssues = List.copyOf(newIssues);
    }
  }

  public record FindScan(String scanId) {}

  /// Asks for scans.
  ///
  /// @param open true: only scans that have not ended, oldest first; else newest first
  public record ListScans(boolean open, @Nullable String after, int max) {}

  public record ScanRows(List<ScanRow> scans, @Nullable String nextAfter) {
    public ScanRows {
      scans = List.copyOf(scans);
    }
  }

  public record Issue(
      IssueType type,
      Severity severity,
      String bucket,
      String object,
      @Nullable String versionId,
      @Nullable String writeId,
      String description,
      Instant detected) {}

  /// Asks for the issues of a scan.
  ///
  /// @param after number of the issue to continue behind
  public record ListIssues(String scanId, long after, int max) {}

  /// One page of issues.
  ///
  /// @param bySeverity counts of the whole scan: low, medium, high, critical
  public record Issues(List<Issue> issues, @Nullable Long nextAfter, List<Long> bySeverity) {
    public Issues {
      issues = List.copyOf(issues);
      bySeverity = List.copyOf(bySeverity);
    }
  }

  /// The leaves that hold live segments.
  public record ListExtents() {}

  /// The extents that hold live segments.
  ///
  /// @param leaves three hex digits, ascending
  /// @param objects live object versions in scope of the whole store
  /// @param bytes of shards on disk
  public record Extents(List<String> leaves, long objects, long bytes) {
    public Extents {
      leaves = List.copyOf(leaves);
    }
  }

  /// Live segments of one leaf, by write id; the page is what the scanner compares with every
  /// origin's names. Includes segments of parts of open uploads (`key` is then the upload's).
  ///
  /// @param afterWriteId null: from the first
  public record ListShards(String leaf, @Nullable String afterWriteId, int max) {}

  public record ShardRows(List<SegmentRow> segments, @Nullable String nextAfter) {
    public ShardRows {
      segments = List.copyOf(segments);
    }
  }

  /// A live segment and whose it is.
  ///
  /// @param created when its version (or part) was committed
  public record SegmentRow(
      String bucket,
      String bucketClass,
      String key,
      @Nullable String versionId,
      int segmentsInVersion,
      Segment segment,
      Instant created) {}

  /// Coverage: every byte of that extent on that origin was looked at.
  ///
  /// @param depth quick, normal or deep
  public record NoteVerified(String leaf, String originId, String depth, Instant at) {}

  /// Names that lie on an origin and stand in no row.
  public record NoteUnreferenced(String originId, String leaf, List<String> names) {
    public NoteUnreferenced {
      names = List.copyOf(names);
    }
  }

  /// The orphans among the names.
  ///
  /// @param names those that are orphans by now: in no row at all (dead segments included), their
  ///   attempt's session closed or counter below its low water, and first seen longer ago than the
  ///   grace
  public record Orphans(List<String> names) {
    public Orphans {
      names = List.copyOf(names);
    }
  }

  private CatalogScanContract() {}
}
