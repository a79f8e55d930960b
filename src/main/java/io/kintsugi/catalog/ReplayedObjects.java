package io.kintsugi.catalog;

import io.kintsugi.catalog.ReplayedVersions.Newcomer;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.kernel.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;

/// Commits of objects under distinct keys, done again together.
final class ReplayedObjects {
  private final SqlConnection tx;
  private final ReplayedVersions versions = new ReplayedVersions();
  private final SegmentRows segments = new SegmentRows();
  private final SegmentTimes times = new SegmentTimes();

  ReplayedObjects(SqlConnection tx, List<Change> changes) {
    this.tx = tx;
    changes.forEach(this::add);
  }

  private void add(Change change) {
    var entry = Json.decode(change.bodyJson(), CommitBatch.Entered.class);
    versions.add(
        change,
        new Newcomer(
            entry.bucket(),
            entry.key(),
            entry.versionId(),
            entry.info(),
            entry.segments().size(),
            List.of(),
            false,
            entry.nullVersion(),
            entry.died()));
    segments.add(Ids.uuid(entry.versionId()), entry.segments());
    times.add(entry.segments(), Replay.at(change));
  }

  Future<Void> apply() {
    return versions
        .apply(tx)
        .compose(_ -> segments.insert(tx))
        .compose(_ -> times.set(tx))
        .mapEmpty();
  }
}
