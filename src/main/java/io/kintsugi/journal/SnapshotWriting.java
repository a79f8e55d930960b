package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.MakeSnapshot;
import io.kintsugi.contract.CatalogJournalContract.ReadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.SnapshotPage;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.contract.OriginJournalContract.AppendJournal;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.JournalName;
import io.kintsugi.format.JournalRecord;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One snapshot on its way to some origins. It counts only once its last record is there, and until
/// then nothing that is older is given up.
final class SnapshotWriting {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotWriting.class);
  private static final int ROWS_MAX = 5_000;
  private static final int BYTES_MAX = 2 * 1024 * 1024;

  private final World world;
  private final ClusterKey key;
  private final String cluster;
  private final JournalName name;
  private final List<OriginState> origins;
  private long seq;
  private long pieces;
  private long sizeBytes;

  SnapshotWriting(
      World world, ClusterKey key, String cluster, JournalName name, List<OriginState> origins) {
    this.world = world;
    this.key = key;
    this.cluster = cluster;
    this.name = name;
    this.origins = new ArrayList<>(origins);
  }

  /// Done when it lies whole on every one of the origins.
  Future<SnapshotWriting> run() {
    return world
        .bus()
        .ask(CatalogJournalContract.MAKE_SNAPSHOT, new MakeSnapshot())
        .compose(made -> {
          seq = made.seq();
          return page(0);
        })
        .onSuccess(_ ->
            LOG.info(
                "journal snapshot seq={} bytes={} origins={}",
                seq,
                sizeBytes,
                origins.stream().map(OriginState::id).toList()))
        .map(this);
  }

  private Future<?> page(long after) {
    return world
        .bus()
        .ask(CatalogJournalContract.READ_SNAPSHOT, new ReadSnapshot(after, ROWS_MAX, BYTES_MAX))
        .compose(page -> append(piece(page), false).compose(_ -> next(page)));
  }

  private Future<?> next(SnapshotPage page) {
    var next = page.nextAfter();
    return next == null
        ? append(SnapshotEnd.of(cluster, name.life(), seq, pieces), true)
        : page(next);
  }

  private JournalRecord piece(SnapshotPage page) {
    return new JournalRecord(
        JournalRecord.Kind.SNAPSHOT_PIECE,
        name.life(),
        seq,
        pieces++,
        page.rows().size(),
        Lines.rows(cluster, page.rows()));
  }

  private Future<?> append(JournalRecord record, boolean last) {
    return world
        .compute(() -> Payload.of(record.encode(key)))
        .compose(bytes -> {
          long offset = sizeBytes;
          sizeBytes += bytes.sizeBytes();
          var appends = new ArrayList<Future<?>>();
          for (var origin : origins) {
            var incarnation = Objects.requireNonNull(origin.incarnation(), "one of ours");
            var question = new AppendJournal(name.fileName(), incarnation, offset, bytes, last);
            appends.add(
                world
                    .bus()
                    .ask(OriginJournalContract.APPEND_JOURNAL.at(origin.id()), question)
                    .recover(cause -> refused(origin, cause)));
          }
          return Future.all(appends);
        });
  }

  private static <T> Future<T> refused(OriginState origin, Throwable cause) {
    return Future.failedFuture(
        Failure.of(
            FailureCode.UNAVAILABLE,
            "snapshot not written to " + origin.id() + ": " + Failure.from(cause).text()));
  }

  long seq() {
    return seq;
  }

  long sizeBytes() {
    return sizeBytes;
  }
}
