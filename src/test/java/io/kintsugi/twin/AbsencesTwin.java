package io.kintsugi.twin;

import io.kintsugi.contract.CatalogAbsenceContract;
import io.kintsugi.contract.CatalogAbsenceContract.Absence;
import io.kintsugi.contract.CatalogAbsenceContract.Absences;
import io.kintsugi.contract.CatalogAbsenceContract.FindNeeded;
import io.kintsugi.contract.CatalogAbsenceContract.Needed;
import io.kintsugi.contract.CatalogAbsenceContract.NoteAbsences;
import io.kintsugi.contract.CatalogAbsenceContract.OpenRebuilds;
import io.kintsugi.contract.CatalogAbsenceContract.RebuildsOpened;
import io.kintsugi.contract.CatalogAbsenceContract.ShardsTrimmed;
import io.kintsugi.contract.CatalogAbsenceContract.Trim;
import io.kintsugi.contract.CatalogAbsenceContract.TrimShards;
import io.kintsugi.contract.CatalogAbsenceContract.TrimsOpened;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.OriginRows;
import io.kintsugi.contract.CatalogRelayContract;
import io.kintsugi.contract.CatalogRelayContract.OpenRelays;
import io.kintsugi.contract.CatalogRelayContract.RelaysOpened;
import io.kintsugi.contract.Location;
import io.kintsugi.kernel.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/// What the catalog knows of origins that are away.
public final class AbsencesTwin {
  public final Map<String, Absence> noted = new ConcurrentSkipListMap<>();
  public final LinkedBlockingQueue<OpenRebuilds> rebuilds = new LinkedBlockingQueue<>();
  public final List<OpenRelays> relays = new CopyOnWriteArrayList<>();
  public final List<TrimShards> trims = new CopyOnWriteArrayList<>();
  public final List<OriginRows> rows = new CopyOnWriteArrayList<>();

  /// What walks over all segments come to.
  public volatile RebuildsOpened opened = new RebuildsOpened(0, 0, 0, null);

  /// Absent origins that are not needed.
  public final List<String> spared = new CopyOnWriteArrayList<>();

  /// No copy is dropped, whoever asks.
  public volatile boolean keepsAll;

  private final CatalogTwin catalog;

  AbsencesTwin(CatalogTwin catalog) {
    this.catalog = catalog;
  }

  void answer(Bus bus) {
    bus.answer(CatalogAbsenceContract.LIST_ABSENCES, _ -> absences());
    bus.answer(
        CatalogOriginContract.LIST_ORIGIN_ROWS,
        _ -> Future.succeededFuture(rows.isEmpty() ? new OriginRows(List.of()) : rows.getLast()));
    bus.answer(CatalogAbsenceContract.NOTE_ABSENCES, this::note);
    bus.answer(
        CatalogAbsenceContract.DECLARE_LOST,
        q -> {
          noted.compute(
              q.originId(),
              (id, old) ->
                  new Absence(
                      id,
                      old == null ? q.at() : old.since(),
                      q.lost(),
                      old != null && old.absent()));
          return absences();
        });
    bus.answer(CatalogAbsenceContract.FIND_NEEDED, this::needed);
    bus.answer(
        CatalogAbsenceContract.OPEN_REBUILDS,
        q -> {
          rebuilds.add(q);
          return Future.succeededFuture(opened);
        });
    bus.answer(
        CatalogAbsenceContract.OPEN_TRIMS,
        _ -> Future.succeededFuture(new TrimsOpened(0, 0, null)));
    bus.answer(CatalogAbsenceContract.TRIM_SHARDS, this::trim);
    bus.answer(
        CatalogRelayContract.OPEN_RELAYS,
        q -> {
          relays.add(q);
          return Future.succeededFuture(new RelaysOpened(0, null));
        });
  }

  private Future<Absences> absences() {
    return Future.succeededFuture(new Absences(List.copyOf(noted.values())));
  }

  private Future<Absences> note(NoteAbsences question) {
    for (var absence : question.away()) {
      noted.merge(
          absence.originId(),
          absence,
          (old, now) -> new Absence(old.originId(), old.since(), old.declared(), now.absent()));
    }
    question.back().forEach(noted::remove);
    return absences();
  }

  private Future<Needed> needed(FindNeeded question) {
    return Future.succeededFuture(
        new Needed(question.originIds().stream().filter(id -> !spared.contains(id)).toList()));
  }

  private Future<ShardsTrimmed> trim(TrimShards question) {
    trims.add(question);
    var row = catalog.rows.get(question.writeId());
    if (row == null || keepsAll) {
      return Future.succeededFuture(new ShardsTrimmed(List.of()));
    }
    var left = new ArrayList<Location>(row.segment().locations());
    var dropped = question.trims().stream().map(Trim::attemptId).toList();
    for (var trim : question.trims()) {
      left.removeIf(
          at -> at.index() == trim.shardIndex() && at.attemptId().equals(trim.attemptId()));
    }
    catalog.rows.put(question.writeId(), CatalogTwin.with(row, left));
    return Future.succeededFuture(new ShardsTrimmed(dropped));
  }
}
