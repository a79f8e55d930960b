package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.FindSparse;
import io.kintsugi.contract.CatalogCollectContract.MoveRecords;
import io.kintsugi.contract.CatalogCollectContract.NoteVerdicts;
import io.kintsugi.contract.CatalogCollectContract.PackSeen;
import io.kintsugi.contract.CatalogCollectContract.RecordMove;
import io.kintsugi.contract.CatalogCollectContract.RecordsMoved;
import io.kintsugi.contract.CatalogCollectContract.SparsePack;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogPackContract;
import io.kintsugi.contract.CatalogPackContract.ListRecords;
import io.kintsugi.contract.CatalogPackContract.RecordRow;
import io.kintsugi.contract.CatalogPackContract.Scope;
import io.kintsugi.contract.CollectContract.Compaction;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.DamageReported;
import io.kintsugi.contract.OriginCollectContract;
import io.kintsugi.contract.OriginCollectContract.CopyRecords;
import io.kintsugi.contract.OriginCollectContract.RecordCopied;
import io.kintsugi.contract.OriginCollectContract.RecordCopy;
import io.kintsugi.contract.OriginCollectContract.RecordsCopied;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListPacks;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.session.WriteSession;
import io.kintsugi.session.WriteSessions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rewrites the packs of one origin in which little lives: what lives is copied, verified, into a
/// pack that is being written, then its rows are pointed there, and the old pack dies when the last
/// of them has left it.
///
/// Nothing of this needs to be remembered. Whoever dies after the copies leaves bytes in a pack
/// that no row points to; whoever dies after the move has done it.
final class Compactor {
  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);
  private static final Scope EVERYTHING = new Scope(List.of(), true);
  private static final int PACKS_PER_QUESTION = 64;
  private static final int RECORDS_PER_PAGE = 1024;
  private static final int RECORDS_PER_BATCH = 64;
  private static final long BYTES_PER_BATCH = 2L << 20;

  /// More is left to the next pass, which also has other things to do.
  private static final long BYTES_PER_PASS = 256L << 20;

  private final World world;
  private final Pace pace;
  private final WriteSessions sessions;
  private final String originId;
  private final int livePercent;
  private long sparsePacks;
  private long reclaimableBytes;
  private @Nullable String pack;
  private long movedRecords;
  private long movedBytes;

  /// @param livePercent a pack is rewritten if less than this of it lives
  Compactor(World world, Pace pace, WriteSessions sessions, String originId, int livePercent) {
    this.world = world;
    this.pace = pace;
    this.sessions = sessions;
    this.originId = originId;
    this.livePercent = livePercent;
  }

  Compaction figures() {
    return new Compaction(sparsePacks, reclaimableBytes, pack, movedRecords, movedBytes);
  }

  Future<Void> run(Turn turn) {
    long before = movedRecords;
    return ask(turn, OriginContract.LIST_PACKS.at(originId), new ListPacks(turn.incarnation()))
        .compose(packs ->
            find(
                turn,
                packs.packs().stream()
                    .filter(found -> !found.open())
                    .map(found -> new PackSeen(found.name(), found.sizeBytes()))
                    .toList(),
                new ArrayList<>()))
        .compose(sparse -> {
          sparsePacks = sparse.size();
          reclaimableBytes = sparse.stream().mapToLong(Compactor::deadBytes).sum();
          return rewrite(turn, sparse, 0, movedBytes + BYTES_PER_PASS);
        })
        .onComplete(_ -> {
          pack = null;
          if (movedRecords > before) {
            LOG.info("origin={} compacted records={}", originId, movedRecords - before);
          }
        });
  }

  private static long deadBytes(SparsePack sparse) {
    return sparse.sizeBytes() - sparse.liveBytes();
  }

  private Future<List<SparsePack>> find(Turn turn, List<PackSeen> packs, List<SparsePack> sparse) {
    if (packs.isEmpty()) {
      return Future.succeededFuture(sparse);
    }
    int some = Math.min(packs.size(), PACKS_PER_QUESTION);
    var question =
        new FindSparse(originId, turn.incarnation(), packs.subList(0, some), livePercent);
    return ask(turn, CatalogCollectContract.FIND_SPARSE, question)
        .compose(found -> {
          sparse.addAll(found.packs());
          return find(turn, packs.subList(some, packs.size()), sparse);
        });
  }

  private Future<Void> rewrite(Turn turn, List<SparsePack> sparse, int at, long limitBytes) {
    if (at == sparse.size() || movedBytes >= limitBytes) {
      return Future.succeededFuture();
    }
    var next = sparse.get(at);
    pack = next.name();
    long begun = movedRecords;
    return rewrite(turn, next.name(), -1)
        .compose(_ -> {
          if (movedRecords - begun >= next.liveRecords()) {
            CrashPoint.COMPACT_LEFT.pass();
            sparsePacks--;
            reclaimableBytes -= deadBytes(next);
          }
          return rewrite(turn, sparse, at + 1, limitBytes);
        });
  }

  private Future<Void> rewrite(Turn turn, String from, long after) {
    var question = new ListRecords(originId, from, after, RECORDS_PER_PAGE, EVERYTHING);
    return ask(turn, CatalogPackContract.LIST_RECORDS, question)
        .compose(page -> {
          var rows =
              page.records().stream()
                  .filter(row -> row.incarnation().equals(turn.incarnation()))
                  .toList();
          var next = page.nextAfter();
          return inBatches(turn, from, rows)
              .compose(_ -> next == null ? Future.succeededFuture() : rewrite(turn, from, next));
        });
  }

  private Future<Void> inBatches(Turn turn, String from, List<RecordRow> rows) {
    if (rows.isEmpty()) {
      return Future.succeededFuture();
    }
    int count = 0;
    long bytes = 0;
    while (count < rows.size() && count < RECORDS_PER_BATCH && bytes < BYTES_PER_BATCH) {
      bytes += rows.get(count++).sizeBytes();
    }
    var batch = rows.subList(0, count);
    var rest = rows.subList(count, rows.size());
    long begun = world.nanos();
    return sessions
        .take()
        .compose(session -> copy(turn, session, from, batch))
        .compose(_ -> rest(batch.size(), begun))
        .compose(_ -> inBatches(turn, from, rest));
  }

  /// One batch under a write session, whose low water waits for it.
  private Future<Void> copy(Turn turn, WriteSession session, String from, List<RecordRow> rows) {
    var hold = session.hold();
    var attempts = new ArrayList<WriteId>();
    var copies = new ArrayList<RecordCopy>();
    for (var row : rows) {
      var attempt = attempts.isEmpty() ? hold.first() : session.draw();
      attempts.add(attempt);
      var name = Names.shard(WriteId.parse(row.writeId()), row.shardIndex(), attempt);
      copies.add(new RecordCopy(name, row.offset(), row.sizeBytes(), row.footerSha256()));
    }
    var question = new CopyRecords(turn.incarnation(), from, copies);
    return ask(turn, OriginCollectContract.COPY_RECORDS.at(originId), question)
        .compose(copied ->
            Future.all(move(turn, session, from, moves(rows, attempts, copied)), tell(rows, copied))
                .map(copied))
        .onComplete(_ -> hold.release())
        .compose(this::refused);
  }

  private static List<RecordMove> moves(
      List<RecordRow> rows, List<WriteId> attempts, RecordsCopied copied) {
    var moves = new ArrayList<RecordMove>();
    for (int i = 0; i < rows.size(); i++) {
      var row = rows.get(i);
      var packed = copied.records().get(i).packed();
      if (packed != null && copied.records().get(i).evidence() == Evidence.HEALTHY) {
        moves.add(
            new RecordMove(
                row.writeId(),
                row.shardIndex(),
                row.attemptId(),
                attempts.get(i).toString(),
                packed));
      }
    }
    return moves;
  }

  private Future<?> move(Turn turn, WriteSession session, String from, List<RecordMove> moves) {
    if (moves.isEmpty()) {
      return Future.succeededFuture();
    }
    var question =
        new MoveRecords(
            turn.epoch(), session.sessionId(), originId, turn.incarnation(), from, moves);
    return ask(turn, CatalogCollectContract.MOVE_RECORDS, question)
        // Its answer may have been lost: what was moved is found to be moved.
        .recover(cause ->
            Failure.from(cause).is(FailureCode.TIMEOUT)
                ? ask(turn, CatalogCollectContract.MOVE_RECORDS, question)
                : Future.failedFuture(cause))
        .onSuccess(answer -> count(answer, moves));
  }

  private void count(RecordsMoved answer, List<RecordMove> moves) {
    CrashPoint.COMPACT_MOVED.pass();
    movedRecords += answer.moved();
    movedBytes += moves.stream().mapToLong(move -> move.packed().sizeBytes()).sum();
  }

  /// What was found damaged is mended, and weighed.
  private Future<?> tell(List<RecordRow> rows, RecordsCopied copied) {
    var damages = new ArrayList<Damage>();
    int verified = 0;
    int bad = 0;
    for (int i = 0; i < rows.size(); i++) {
      var record = copied.records().get(i);
      boolean wrong = record.evidence() == Evidence.CORRUPT || record.evidence() == Evidence.STALE;
      verified += wrong || record.evidence() == Evidence.HEALTHY ? 1 : 0;
      bad += wrong ? 1 : 0;
      if (wrong || (record.evidence() == Evidence.MISSING && copied.markerVerified())) {
        damages.add(damage(rows.get(i), record));
      }
    }
    var weighed =
        world
            .bus()
            .ask(
                CatalogCollectContract.NOTE_VERDICTS,
                new NoteVerdicts(List.of(new Verdict(originId, verified, bad))));
    return damages.isEmpty() ? weighed : Future.all(weighed, report(damages));
  }

  private Damage damage(RecordRow row, RecordCopied found) {
    var detail = found.detail() == null ? "met by a compaction" : found.detail();
    return new Damage(
        row.writeId(),
        row.shardIndex(),
        row.attemptId(),
        originId,
        found.evidence(),
        found.manifestOnly(),
        detail);
  }

  private Future<?> report(List<Damage> damages) {
    return world
        .bus()
        .ask(CatalogHealContract.REPORT_DAMAGE, new ReportDamage(damages, "scan", null, null))
        .onSuccess(answer ->
            world
                .bus()
                .publish(
                    HealContract.DAMAGE_REPORTED, new DamageReported("scan", answer.reported())));
  }

  /// An origin that takes no copies is not asked for more.
  private Future<Void> refused(RecordsCopied copied) {
    return copied.records().stream()
        .filter(record -> record.evidence() == Evidence.HEALTHY && record.packed() == null)
        .findFirst()
        .<Future<Void>>map(record ->
            Future.failedFuture(
                Failure.of(FailureCode.UNAVAILABLE, "no copy was made: " + record.detail())))
        .orElse(Future.succeededFuture());
  }

  private Future<Void> rest(int records, long begun) {
    Promise<Void> rested = Promise.promise();
    world.after(pace.rest(records, world.nanos() - begun), rested::complete);
    return rested.future();
  }

  private <Q extends Record, A extends Record> Future<A> ask(
      Turn turn, Call<Q, A> call, Q question) {
    return turn.ask(world, call, question);
  }
}
