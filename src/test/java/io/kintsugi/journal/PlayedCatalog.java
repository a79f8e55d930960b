package io.kintsugi.journal;

import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.Change;
import io.kintsugi.contract.CatalogJournalContract.Changes;
import io.kintsugi.contract.CatalogJournalContract.Contents;
import io.kintsugi.contract.CatalogJournalContract.GuardState;
import io.kintsugi.contract.CatalogJournalContract.JournalState;
import io.kintsugi.contract.CatalogJournalContract.LoadSnapshot;
import io.kintsugi.contract.CatalogJournalContract.ReadChanges;
import io.kintsugi.contract.CatalogJournalContract.ReplayChanges;
import io.kintsugi.contract.CatalogJournalContract.Replayed;
import io.kintsugi.contract.CatalogJournalContract.SetGuard;
import io.kintsugi.contract.CatalogJournalContract.SnapshotMade;
import io.kintsugi.contract.CatalogJournalContract.SnapshotPage;
import io.kintsugi.contract.CatalogJournalContract.SnapshotRow;
import io.kintsugi.contract.CatalogJournalContract.Unknown;
import io.kintsugi.contract.Done;
import io.kintsugi.kernel.Bus;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A catalog that knows its changes and nothing else, played over the bus. Its snapshot is one row
/// per change.
final class PlayedCatalog {
  final List<String> guards = new CopyOnWriteArrayList<>();
  private final Map<Long, Change> changes = new ConcurrentSkipListMap<>();
  private final List<SnapshotRow> snapshot = new CopyOnWriteArrayList<>();
  private volatile String cluster;
  private volatile long seq;
  private volatile long forgotten;
  private volatile boolean rebuilding;

  PlayedCatalog(Bus bus, String cluster) {
    this.cluster = cluster;
    bus.answer(CatalogJournalContract.GET_JOURNAL_STATE, _ -> now(state()));
    bus.answer(CatalogJournalContract.READ_CHANGES, asked -> now(read(asked)));
    bus.answer(CatalogJournalContract.SET_GUARD, asked -> now(guard(asked)));
    bus.answer(CatalogJournalContract.BEGIN_REBUILD, asked -> now(begin(asked.fromEmpty())));
    bus.answer(CatalogJournalContract.LOAD_SNAPSHOT, asked -> now(load(asked)));
    bus.answer(CatalogJournalContract.REPLAY_CHANGES, asked -> now(replay(asked)));
    bus.answer(CatalogJournalContract.FIND_UNKNOWN, asked -> now(new Unknown(asked.writeIds())));
    bus.answer(CatalogJournalContract.MAKE_SNAPSHOT, _ -> now(make()));
    bus.answer(CatalogJournalContract.READ_SNAPSHOT, _ -> now(new SnapshotPage(snapshot, null)));
    bus.answer(CatalogJournalContract.FORGET_CHANGES, asked -> now(forget(asked.upToSeq())));
    bus.answer(
        CatalogJournalContract.FINISH_REBUILD,
        _ -> {
          rebuilding = false;
          return now(new Contents(seq, Map.of("changes", (long) changes.size())));
        });
  }

  private static <T> Future<T> now(T answer) {
    return Future.succeededFuture(answer);
  }

  /// Commits some changes.
  void change(int count) {
    for (int i = 0; i < count; i++) {
      long next = seq + 1;
      changes.put(next, change(next, "{\"uploadId\":\"" + next + "\"}"));
      seq = next;
    }
  }

  private static Change change(long seq, String body) {
    return new Change(seq, "upload-created", Instant.ofEpochSecond(seq), body);
  }

  /// An older state is put back.
  void goBack(long toSeq) {
    changes.keySet().removeIf(at -> at > toSeq);
    seq = toSeq;
  }

  /// After an older state was put back, other things happened.
  void takeAnotherWay() {
    takeAnotherWay(seq);
  }

  /// As if something else had been the change of this place.
  void takeAnotherWay(long at) {
    changes.put(at, change(at, "{\"uploadId\":\"another\"}"));
  }

  void lose(String newCluster) {
    goBack(0);
    forgotten = 0;
    cluster = newCluster;
  }

  List<Long> seqs() {
    return List.copyOf(changes.keySet());
  }

  String cluster() {
    return cluster;
  }

  long firstKept() {
    return forgotten + 1;
  }

  private JournalState state() {
    var last = guards.isEmpty() ? "unexamined" : guards.getLast();
    return new JournalState(cluster, seq, forgotten + 1, 2, rebuilding, new GuardState(last, null));
  }

  private Changes read(ReadChanges asked) {
    var list =
        changes.values().stream()
            .filter(change -> change.seq() > Math.max(asked.afterSeq(), forgotten))
            .limit(asked.max())
            .toList();
    return new Changes(list, false);
  }

  private GuardState guard(SetGuard asked) {
    var id = asked.clusterId();
    if (id != null) {
      cluster = id;
    }
    guards.add(asked.code());
    return new GuardState(asked.code(), asked.reason());
  }

  private JournalState begin(boolean fromEmpty) {
    rebuilding = true;
    if (fromEmpty) {
      goBack(0);
    }
    return state();
  }

  private Done load(LoadSnapshot asked) {
    for (var row : asked.rows()) {
      long at = Long.parseLong(row.rowJson());
      changes.put(at, change(at, "{}"));
    }
    var end = asked.seq();
    if (end != null) {
      seq = end;
      forgotten = end;
    }
    return new Done();
  }

  private Replayed replay(ReplayChanges asked) {
    for (var change : asked.changes()) {
      if (change.seq() != seq + 1 && !asked.acceptGap()) {
        throw new IllegalStateException("a gap before " + change.seq());
      }
      changes.put(change.seq(), change);
      seq = change.seq();
    }
    return new Replayed(seq);
  }

  private SnapshotMade make() {
    var rows = new ArrayList<SnapshotRow>();
    changes.keySet().forEach(at -> rows.add(new SnapshotRow("change", Long.toString(at))));
    snapshot.clear();
    snapshot.addAll(rows);
    return new SnapshotMade(seq, rows.size());
  }

  private Done forget(long upTo) {
    forgotten = Math.max(forgotten, upTo);
    return new Done();
  }
}
