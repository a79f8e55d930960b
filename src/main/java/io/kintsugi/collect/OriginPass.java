package io.kintsugi.collect;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.ConfirmGone;
import io.kintsugi.contract.CatalogCollectContract.JudgeNames;
import io.kintsugi.contract.CatalogCollectContract.ListRemnants;
import io.kintsugi.contract.CatalogCollectContract.NameMoved;
import io.kintsugi.contract.CatalogCollectContract.NamesJudged;
import io.kintsugi.contract.CatalogCollectContract.NotePacks;
import io.kintsugi.contract.CatalogCollectContract.NoteQuarantine;
import io.kintsugi.contract.CatalogCollectContract.PackSeen;
import io.kintsugi.contract.CatalogCollectContract.Remnant;
import io.kintsugi.contract.CatalogCollectContract.SettleNames;
import io.kintsugi.contract.OriginCollectContract;
import io.kintsugi.contract.OriginCollectContract.ListQuarantine;
import io.kintsugi.contract.OriginCollectContract.NameTreated;
import io.kintsugi.contract.OriginCollectContract.NamesTreated;
import io.kintsugi.contract.OriginCollectContract.TreatNames;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListPacks;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One pass over one origin, page by page: the catalog hands out what may go, the origin does it,
/// the catalog is told. Whoever dies in between leaves rows by which the next pass goes on.
final class OriginPass {
  private static final int NAMES_PER_PAGE = 64;
  private static final int NOTES_PER_PAGE = 1000;

  private final World world;
  private final Pace pace;
  private final String originId;
  private final Turn turn;
  private long freedNames;
  private long freedBytes;

  OriginPass(World world, Pace pace, String originId, Turn turn) {
    this.world = world;
    this.pace = pace;
    this.originId = originId;
    this.turn = turn;
  }

  long freedNames() {
    return freedNames;
  }

  long freedBytes() {
    return freedBytes;
  }

  Future<Void> run() {
    return removeRemnants(0)
        .compose(_ -> notePacks())
        .compose(_ -> noteQuarantine(null))
        .compose(_ -> judge(null));
  }

  /// @param failed how many of the oldest ones could not be removed in this pass
  private Future<Void> removeRemnants(int failed) {
    return ask(
            CatalogCollectContract.LIST_REMNANTS,
            new ListRemnants(turn.epoch(), originId, turn.incarnation(), failed, NAMES_PER_PAGE))
        .compose(page -> {
          var remnants = page.remnants();
          if (remnants.isEmpty()) {
            return Future.succeededFuture();
          }
          CrashPoint.COLLECT_LISTED.pass();
          long begun = world.nanos();
          return remove(remnants)
              .compose(gone ->
                  rest(remnants.size(), begun)
                      .compose(_ -> removeRemnants(failed + remnants.size() - gone)));
        });
  }

  /// Answers how many are gone. What lies in a pack goes with that, one day.
  private Future<Integer> remove(List<Remnant> remnants) {
    var files = remnants.stream().filter(remnant -> !remnant.packed()).toList();
    var names = files.stream().map(OriginPass::name).toList();
    return treat(OriginCollectContract.REMOVE_NAMES, names, false)
        .compose(treated -> {
          var gone = new ArrayList<>(remnants.stream().filter(Remnant::packed).toList());
          long bytes = 0;
          for (int i = 0; i < files.size(); i++) {
            var outcome = treated.get(i);
            if (outcome.done()) {
              gone.add(files.get(i));
              bytes += outcome.sizeBytes();
              freedNames += outcome.found() ? 1 : 0;
            }
          }
          freedBytes += bytes;
          CrashPoint.COLLECT_CLEARED.pass();
          return gone.isEmpty()
              ? Future.succeededFuture(0)
              : ask(
                      CatalogCollectContract.CONFIRM_GONE,
                      new ConfirmGone(originId, turn.incarnation(), gone, bytes))
                  .map(_ -> gone.size());
        });
  }

  private static String name(Remnant remnant) {
    return Names.shard(
        WriteId.parse(remnant.writeId()), remnant.shardIndex(), WriteId.parse(remnant.attemptId()));
  }

  private Future<Void> notePacks() {
    return ask(OriginContract.LIST_PACKS.at(originId), new ListPacks(turn.incarnation()))
        .compose(answer -> {
          var sealed =
              answer.packs().stream()
                  .filter(pack -> !pack.open())
                  .map(pack -> new PackSeen(pack.name(), pack.sizeBytes()))
                  .toList();
          Future<Void> noted = Future.succeededFuture();
          for (int from = 0; from < sealed.size(); from += NOTES_PER_PAGE) {
            var some = sealed.subList(from, Math.min(sealed.size(), from + NOTES_PER_PAGE));
            noted =
                noted
                    .compose(
                        _ -> ask(CatalogCollectContract.NOTE_PACKS, new NotePacks(originId, some)))
                    .mapEmpty();
          }
          return noted;
        });
  }

  private Future<Void> noteQuarantine(@Nullable String after) {
    return ask(
            OriginCollectContract.LIST_QUARANTINE.at(originId),
            new ListQuarantine(turn.incarnation(), after, NOTES_PER_PAGE))
        .compose(page -> {
          var next = page.nextAfter();
          return ask(
                  CatalogCollectContract.NOTE_QUARANTINE,
                  new NoteQuarantine(originId, page.names()))
              .compose(_ -> next == null ? Future.succeededFuture() : noteQuarantine(next));
        });
  }

  private Future<Void> judge(@Nullable String after) {
    var question = new JudgeNames(turn.epoch(), originId, after, NAMES_PER_PAGE);
    return ask(CatalogCollectContract.JUDGE_NAMES, question)
        .compose(judged -> {
          long begun = world.nanos();
          int names = judged.quarantine().size() + judged.restore().size() + judged.remove().size();
          if (names > 0) {
            CrashPoint.COLLECT_JUDGED.pass();
          }
          return carryOut(judged)
              .compose(_ -> names == 0 ? Future.succeededFuture() : rest(names, begun))
              .compose(_ -> {
                var next = judged.nextAfter();
                return next == null ? Future.succeededFuture() : judge(next);
              });
        });
  }

  private Future<Void> carryOut(NamesJudged judged) {
    return treat(OriginCollectContract.RESTORE_NAMES, judged.restore(), true)
        .compose(restored ->
            treat(OriginCollectContract.QUARANTINE_NAMES, judged.quarantine(), true)
                .compose(quarantined ->
                    treat(OriginCollectContract.REMOVE_NAMES, judged.remove(), true)
                        .compose(removed -> settle(restored, quarantined, removed))));
  }

  private Future<Void> settle(
      List<NameTreated> restored, List<NameTreated> quarantined, List<NameTreated> removed) {
    var moved = new ArrayList<NameMoved>();
    var forgotten = new ArrayList<String>();
    long bytes = 0;
    long names = 0;
    for (var name : quarantined) {
      if (name.done() && name.found()) {
        moved.add(new NameMoved(name.name(), name.sizeBytes()));
      } else if (name.done()) {
        forgotten.add(name.name());
      }
    }
    restored.stream().filter(NameTreated::done).forEach(name -> forgotten.add(name.name()));
    for (var name : removed) {
      if (name.done()) {
        forgotten.add(name.name());
        bytes += name.sizeBytes();
        names += name.found() ? 1 : 0;
      }
    }
    freedNames += names;
    freedBytes += bytes;
    return moved.isEmpty() && forgotten.isEmpty()
        ? Future.succeededFuture()
        : ask(
                CatalogCollectContract.SETTLE_NAMES,
                new SettleNames(originId, moved, forgotten, names, bytes))
            .mapEmpty();
  }

  private Future<List<NameTreated>> treat(
      Call<TreatNames, NamesTreated> call, List<String> names, boolean quarantined) {
    return names.isEmpty()
        ? Future.succeededFuture(List.of())
        : ask(call.at(originId), new TreatNames(turn.incarnation(), names, quarantined))
            .map(NamesTreated::names);
  }

  private Future<Void> rest(int names, long begun) {
    Promise<Void> rested = Promise.promise();
    world.after(pace.rest(names, world.nanos() - begun), rested::complete);
    return rested.future();
  }

  private <Q extends Record, A extends Record> Future<A> ask(Call<Q, A> call, Q question) {
    return turn.ask(world, call, question);
  }
}
