package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.MoveRecords;
import io.kintsugi.contract.CatalogCollectContract.RecordsMoved;
import io.kintsugi.contract.CatalogCollectContract.SparsePack;
import io.kintsugi.contract.CatalogCollectContract.SparsePacks;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Session;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.DamageReported;
import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPackContract.RecordRow;
import io.kintsugi.contract.CatalogPackContract.RecordRows;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginCollectContract;
import io.kintsugi.contract.OriginCollectContract.CopyRecords;
import io.kintsugi.contract.OriginCollectContract.RecordCopied;
import io.kintsugi.contract.OriginCollectContract.RecordsCopied;
import io.kintsugi.contract.Packed;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// Packs of origin `a`, of which little lives, as far as a collector can tell.
final class PlayedPacks {
  static final String SESSION = "00000000000000cc";
  static final String NEW_PACK = "packs/00000000000000cc-9";

  /// What lives in them, by pack; rows that were moved are gone from here.
  final Map<String, List<RecordRow>> live = new ConcurrentHashMap<>();

  /// How the record at an offset is found, if not healthy.
  final Map<Long, Evidence> found = new ConcurrentHashMap<>();

  final List<MoveRecords> moves = new CopyOnWriteArrayList<>();
  final List<Damage> damages = new CopyOnWriteArrayList<>();
  final List<Verdict> verdicts = new CopyOnWriteArrayList<>();
  volatile boolean full;

  /// Whoever copied died before the rows were moved, as far as the rows can tell.
  volatile boolean refuseMoves;

  /// So many moves are made, but their answer is lost.
  final AtomicInteger lostAnswers = new AtomicInteger();

  private final Bus bus;
  private final List<String> log;

  PlayedPacks(Bus bus, List<String> log) {
    this.bus = bus;
    this.log = log;
    answer(CatalogContract.OPEN_SESSION, _ -> new Session(SESSION, 60_000));
    answer(CatalogContract.RENEW_SESSION, _ -> new Session(SESSION, 60_000));
    answer(CatalogContract.CLOSE_SESSION, _ -> new Done());
    answer(
        CatalogCollectContract.FIND_SPARSE,
        question -> {
          log.add(question.originId() + " sparse? " + question.livePercent());
          return new SparsePacks(
              question.originId().equals("a")
                  ? live.entrySet().stream()
                      .filter(pack -> !pack.getValue().isEmpty())
                      .map(pack ->
                          new SparsePack(pack.getKey(), 1_000_000, 10, pack.getValue().size()))
                      .toList()
                  : List.of());
        });
    answer(
        CatalogPackContract.LIST_RECORDS,
        question -> {
          var rows =
              live.getOrDefault(question.pack(), List.of()).stream()
                  .filter(row -> row.offset() > question.after())
                  .limit(question.max())
                  .toList();
          var next = rows.size() == question.max() ? rows.getLast().offset() : null;
          return new RecordRows(rows, next, true);
        });
    answer(CatalogCollectContract.MOVE_RECORDS, this::move);
    answer(OriginCollectContract.COPY_RECORDS.at("a"), this::copy);
    answer(
        CatalogCollectContract.NOTE_VERDICTS,
        question -> {
          verdicts.addAll(question.verdicts());
          return new Done();
        });
    answer(
        CatalogHealContract.REPORT_DAMAGE,
        question -> {
          damages.addAll(question.damages());
          return new DamageReported(question.damages().size());
        });
  }

  private <Q extends Record, A extends Record> void answer(Call<Q, A> call, Function<Q, A> answer) {
    bus.answer(
        call,
        question -> {
          try {
            return Future.succeededFuture(answer.apply(question));
          } catch (Failure failure) {
            return Future.failedFuture(failure);
          }
        });
  }

  private RecordsCopied copy(CopyRecords question) {
    log.add("a copies " + question.records().size());
    var copied = new ArrayList<RecordCopied>();
    for (var record : question.records()) {
      var evidence = found.getOrDefault(record.offset(), Evidence.HEALTHY);
      boolean healthy = evidence == Evidence.HEALTHY;
      var packed =
          healthy && !full ? new Packed(NEW_PACK, record.offset(), record.sizeBytes()) : null;
      var detail = healthy ? (full ? "STORAGE_ERROR: full" : null) : "flipped";
      copied.add(new RecordCopied(packed, evidence, false, detail));
    }
    return new RecordsCopied(copied, true);
  }

  private RecordsMoved move(MoveRecords question) {
    moves.add(question);
    if (refuseMoves) {
      throw Failure.of(FailureCode.CONFLICT, "the session is closed");
    }
    var rows = live.getOrDefault(question.pack(), List.of());
    for (var move : question.moves()) {
      rows.removeIf(row -> row.attemptId().equals(move.oldAttemptId()));
    }
    if (lostAnswers.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw Failure.of(FailureCode.TIMEOUT, "no answer");
    }
    return new RecordsMoved(question.moves().size());
  }
}
