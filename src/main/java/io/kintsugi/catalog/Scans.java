package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogScanContract.CreateScan;
import io.kintsugi.contract.CatalogScanContract.FindScan;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CatalogScanContract.Issues;
import io.kintsugi.contract.CatalogScanContract.ListIssues;
import io.kintsugi.contract.CatalogScanContract.ListScans;
import io.kintsugi.contract.CatalogScanContract.SaveScan;
import io.kintsugi.contract.CatalogScanContract.ScanRow;
import io.kintsugi.contract.CatalogScanContract.ScanRows;
import io.kintsugi.contract.IssueType;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Scans as they are kept: what was asked, how far it is, what was found.
final class Scans {
  private static final Set<String> ENDED = Set.of("Completed", "Cancelled", "Failed");
  private static final Set<String> OPEN = Set.of("Started", "Scanning", "Paused");
  private static final int PAGE_MAX = 1000;

  private static final String COLUMNS =
      "scan_id, definition, priority, status, state, created, ended, version";

  private static final String INSERT_ISSUES =
      """
      INSERT INTO scan_issue (scan_id, type, severity, bucket, object, version_id, write_id,
                              description, detected)
      SELECT $1, u.* FROM unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::text[],
                                 $7::text[], $8::text[], $9::timestamptz[]) AS u
      ON CONFLICT DO NOTHING
      """;

  private final Db db;

  Scans(Db db) {
    this.db = db;
  }

  /// Not repeated when its outcome is unknown: it would be a second scan.
  Future<ScanRow> create(CreateScan question) {
    Ids.requireText("definition", question.definitionJson());
    return db.once(tx ->
        Db.run(
                tx,
                "INSERT INTO scan (definition, priority) VALUES ($1, $2) RETURNING " + COLUMNS,
                question.definitionJson(),
                Priorities.number(question.priority()))
            .map(rows -> scan(rows.iterator().next())));
  }

  /// Saved again with the same words after a lost answer, it is answered the same.
  Future<ScanRow> save(SaveScan question) {
    if (!ENDED.contains(question.status()) && !OPEN.contains(question.status())) {
      throw Ids.invalid("unknown status " + question.status());
    }
    Ids.requireText("state", question.stateJson());
    long id = number(question.scanId());
    return db.tx(tx ->
        Db.run(
                tx,
                "UPDATE scan SET status = $3, state = $4, version = version + 1,"
                    + " ended = CASE WHEN $5 THEN coalesce(ended, now()) END"
                    + " WHERE scan_id = $1 AND version = $2 RETURNING "
                    + COLUMNS,
                id,
                question.version(),
                question.status(),
                question.stateJson(),
                ENDED.contains(question.status()))
            .compose(rows ->
                rows.size() > 0
                    ? addIssues(tx, id, question.newIssues()).map(_ -> scan(rows.iterator().next()))
                    : savedBefore(tx, id, question)));
  }

  private static Future<ScanRow> savedBefore(SqlConnection tx, long id, SaveScan question) {
    return Db.run(tx, "SELECT " + COLUMNS + " FROM scan WHERE scan_id = $1", id)
        .map(rows -> {
          var now = only(rows, question.scanId());
          boolean same =
              now.version() == question.version() + 1
                  && now.status().equals(question.status())
                  && question.stateJson().equals(now.stateJson());
          if (!same) {
            throw Ids.conflict(
                "scan", question.scanId() + " does not have version " + question.version());
          }
          return now;
        });
  }

  private static Future<Void> addIssues(SqlConnection tx, long id, List<Issue> issues) {
    if (issues.isEmpty()) {
      return Future.succeededFuture();
    }
    var grid =
        new Grid(
            Grid.Type.TEXT,
            Grid.Type.INT,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.TEXT,
            Grid.Type.TIME);
    for (var issue : issues) {
      Ids.requireText("description", issue.description());
      grid.add(
          issue.type().name(),
          Priorities.number(issue.severity()),
          issue.bucket(),
          issue.object(),
          issue.versionId() == null ? "" : issue.versionId(),
          issue.writeId() == null ? "" : issue.writeId(),
          issue.description(),
          issue.detected().atOffset(ZoneOffset.UTC));
    }
    return Db.run(tx, INSERT_ISSUES, grid.values(id)).mapEmpty();
  }

  Future<ScanRow> find(FindScan question) {
    return db.query(
            "SELECT " + COLUMNS + " FROM scan WHERE scan_id = $1", number(question.scanId()))
        .map(rows -> only(rows, question.scanId()));
  }

  Future<ScanRows> list(ListScans question) {
    requireMax(question.max());
    var after = question.after() == null ? null : (Long) number(question.after());
    var sql =
        question.open()
            ? " WHERE ended IS NULL AND ($1::bigint IS NULL OR scan_id > $1) ORDER BY scan_id"
            : " WHERE ($1::bigint IS NULL OR scan_id < $1) ORDER BY scan_id DESC";
    return db.query(
            "SELECT " + COLUMNS + " FROM scan" + sql + " LIMIT $2", after, question.max() + 1L)
        .map(rows -> {
          var scans = new ArrayList<ScanRow>();
          rows.forEach(row -> scans.add(scan(row)));
          int size = Math.min(question.max(), scans.size());
          boolean more = scans.size() > size && size > 0;
          return new ScanRows(scans.subList(0, size), more ? scans.get(size - 1).scanId() : null);
        });
  }

  Future<Issues> issues(ListIssues question) {
    requireMax(question.max());
    long id = number(question.scanId());
    var exists = db.query("SELECT 1 FROM scan WHERE scan_id = $1", id);
    var page =
        db.query(
            "SELECT * FROM scan_issue WHERE scan_id = $1 AND number > $2 ORDER BY number LIMIT $3",
            id,
            question.after(),
            question.max() + 1L);
    var counts =
        db.query(
            "SELECT severity, count(*) FROM scan_issue WHERE scan_id = $1 GROUP BY severity", id);
    return Future.all(exists, page, counts)
        .map(_ -> {
          if (exists.result().size() == 0) {
            throw none(question.scanId());
          }
          return issues(page.result(), counts.result(), question.max());
        });
  }

  private static Issues issues(RowSet<Row> page, RowSet<Row> counts, int max) {
    var bySeverity = new ArrayList<>(List.of(0L, 0L, 0L, 0L));
    counts.forEach(row -> bySeverity.set(row.getInteger(0), row.getLong(1)));
    var issues = new ArrayList<Issue>();
    Long last = null;
    for (var row : page) {
      if (issues.size() == max) {
        return new Issues(issues, last, bySeverity);
      }
      issues.add(issue(row));
      last = row.getLong("number");
    }
    return new Issues(issues, null, bySeverity);
  }

  private static Issue issue(Row row) {
    return new Issue(
        IssueType.valueOf(row.getString("type")),
        Priorities.severity(row.getInteger("severity")),
        row.getString("bucket"),
        row.getString("object"),
        orNull(row.getString("version_id")),
        orNull(row.getString("write_id")),
        row.getString("description"),
        row.getOffsetDateTime("detected").toInstant());
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private static ScanRow scan(Row row) {
    var ended = row.getOffsetDateTime("ended");
    return new ScanRow(
        "scan-" + row.getLong("scan_id"),
        row.getString("definition"),
        Priorities.of(row.getInteger("priority")),
        row.getString("status"),
        row.getString("state"),
        row.getOffsetDateTime("created").toInstant(),
        ended == null ? null : ended.toInstant(),
        row.getLong("version"));
  }

  private static ScanRow only(RowSet<Row> rows, String scanId) {
    if (rows.size() == 0) {
      throw none(scanId);
    }
    return scan(rows.iterator().next());
  }

  private static void requireMax(int max) {
    if (max < 0 || max > PAGE_MAX) {
      throw Ids.invalid("max must be 0 to " + PAGE_MAX);
    }
  }

  private static long number(String scanId) {
    var number = Ids.number("scan", scanId);
    if (number == null) {
      throw none(scanId);
    }
    return number;
  }

  private static Failure none(String scanId) {
    return Ids.notFound("scan", "no scan " + scanId);
  }
}
