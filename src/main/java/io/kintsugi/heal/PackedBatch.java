package io.kintsugi.heal;

import static java.util.Objects.requireNonNull;

import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.MendPacked;
import io.kintsugi.contract.CatalogHealContract.Mended;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.PackedMended;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.heal.Claim.End;
import io.kintsugi.heal.PackedLooks.Wanted;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Small segments that are mended together: one read, one write and one look for all that concerns
/// an origin, and one transaction for all. It goes the way of a [Repair], with the same checks;
/// whatever is not quite as expected leaves the batch, untouched, and goes that way alone.
final class PackedBatch {
  private static final Logger LOG = LoggerFactory.getLogger(PackedBatch.class);

  /// Of records that are read and of those built for each origin at once.
  private static final long BYTES_MAX = 4L << 20;

  private static final int TASKS_MAX = 512;
  private static final int MEND_TRIES = 3;
  private static final Duration AGAIN = Duration.ofMillis(200);

  private final Bench bench;
  private final World world;
  private final boolean readBack;
  private final List<Repair> repairs;
  private final Map<Repair, End> ends = new LinkedHashMap<>();
  private final PackedLooks looks;
  private final PackedTransfer transfer;
  private Map<String, OriginState> origins = Map.of();

  PackedBatch(Bench bench, boolean readBack, List<Repair> repairs) {
    this.bench = bench;
    world = bench.world();
    this.readBack = readBack;
    this.repairs = List.copyOf(repairs);
    looks = new PackedLooks(bench);
    transfer = new PackedTransfer(bench);
  }

  /// Those that came to a good end, which is recorded. Never fails.
  Future<Map<Repair, End>> run() {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .compose(found -> {
          var known = new HashMap<String, OriginState>();
          found.origins().forEach(origin -> known.put(origin.id(), origin));
          origins = known;
          return inTurn(pieces().iterator());
        })
        .recover(cause -> {
          LOG.info("a batch broke off: {}", Failure.from(cause).text());
          return Future.succeededFuture();
        })
        .map(_ -> ends);
  }

  private List<List<Repair>> pieces() {
    var pieces = new ArrayList<List<Repair>>();
    var piece = new ArrayList<Repair>();
    long bytes = 0;
    for (var repair : repairs) {
      long next = repair.claim().task().segment().shardBytes();
      if (!piece.isEmpty() && (bytes + next > BYTES_MAX || piece.size() == TASKS_MAX)) {
        pieces.add(List.copyOf(piece));
        piece.clear();
        bytes = 0;
      }
      piece.add(repair);
      bytes += next;
    }
    pieces.add(piece);
    return pieces;
  }

  private Future<Void> inTurn(Iterator<List<Repair>> pieces) {
    return pieces.hasNext()
        ? mend(pieces.next()).compose(_ -> inTurn(pieces))
        : Future.succeededFuture();
  }

  private Future<Void> mend(List<Repair> piece) {
    long began = world.nanos();
    var items = new ArrayList<PackedItem>();
    for (var repair : piece) {
      if (!repair.isBrokenOff()) {
        items.add(new PackedItem(repair));
      }
    }
    return lookAtLost(items)
        .compose(this::lookAtOthers)
        .compose(transfer::read)
        .compose(found -> {
          CrashPoint.HEAL_READ.pass();
          return transfer.write(found, origins);
        })
        .compose(written -> {
          CrashPoint.HEAL_BUILT.pass();
          return readBack ? lookAtWritten(written) : Future.succeededFuture(written);
        })
        .compose(proven -> {
          CrashPoint.HEAL_PROVEN.pass();
          return settle(proven, began);
        })
        .onComplete(_ -> release(items));
  }

  private void release(List<PackedItem> items) {
    for (var item : items) {
      item.written.forEach(to -> bench.session().release(to.attemptId()));
    }
  }

  /// Goes on with those whose reported copies are damaged beyond doubt, and can be written anew
  /// where they were.
  private Future<List<PackedItem>> lookAtLost(List<PackedItem> items) {
    var wanted = new ArrayList<Wanted>();
    var certain = new HashMap<Wanted, Known>();
    for (var item : items) {
      for (var at : item.lostPlaces()) {
        var want = new Wanted(item.segment, at);
        var known = Known.withoutLook(at, origins.get(at.originId()));
        if (known == null) {
          wanted.add(want);
        } else {
          certain.put(want, known);
        }
      }
    }
    return looks
        .look(wanted, Depth.DEEP)
        .map(seen -> {
          seen.putAll(certain);
          var left = new ArrayList<PackedItem>();
          for (var item : items) {
            if (takeIn(item, seen)) {
              left.add(item);
            }
          }
          return left;
        });
  }

  private boolean takeIn(PackedItem item, Map<Wanted, Known> seen) {
    for (var at : item.lostPlaces()) {
      var known = seen.get(new Wanted(item.segment, at));
      var home = origins.get(at.originId());
      boolean goes = known != null && known.isDamaged() && home != null && Shards.canTake(home);
      if (!goes) {
        return false;
      }
      item.found.put(at.index(), requireNonNull(known));
    }
    return true;
  }

  /// Of the others names and sizes are enough, as in every heal; the source proves itself.
  private Future<List<PackedItem>> lookAtOthers(List<PackedItem> items) {
    var wanted = new ArrayList<Wanted>();
    var away = new HashSet<PackedItem>();
    for (var item : items) {
      for (var at : item.segment.locations()) {
        if (item.lost.contains(at.index())) {
          continue;
        }
        if (Known.withoutLook(at, origins.get(at.originId())) == null) {
          wanted.add(new Wanted(item.segment, at));
        } else {
          away.add(item);
        }
      }
    }
    return looks
        .look(wanted, Depth.QUICK)
        .map(seen -> {
          var bad = new HashSet<String>();
          seen.forEach((want, known) -> {
            if (!known.isHealthy()) {
              bad.add(want.segment().writeId());
            }
          });
          return items.stream()
              .filter(item -> !away.contains(item) && !bad.contains(item.segment.writeId()))
              .toList();
        });
  }

  private Future<List<PackedItem>> lookAtWritten(List<PackedItem> items) {
    var wanted = new ArrayList<Wanted>();
    for (var item : items) {
      item.written.forEach(to -> wanted.add(new Wanted(item.segment, to)));
    }
    return looks
        .look(wanted, Depth.FORENSIC)
        .map(seen ->
            items.stream()
                .filter(item ->
                    item.written.stream()
                        .allMatch(to -> {
                          var known = seen.get(new Wanted(item.segment, to));
                          return known != null && known.isHealthy();
                        }))
                .toList());
  }

  private Future<Void> settle(List<PackedItem> items, long began) {
    var byTask = new HashMap<Long, PackedItem>();
    var mended = new ArrayList<Mended>();
    var results = new HashMap<PackedItem, End>();
    var times = new Results.Times(world.nanos() - began, 1, readBack ? 1 : 0);
    String owner = null;
    for (var item : items) {
      var claim = item.repair.claim();
      if (item.repair.isBrokenOff()) {
        continue;
      }
      owner = claim.owner();
      byTask.put(claim.task().taskId(), item);
      var layout = item.segment.layout();
      var result = Results.of(layout, item.found.values(), layout.shards(), false, times);
      long bytes = item.lost.size() * item.segment.shardBytes();
      results.put(item, new End(End.HEALED, result, null, 0, false, bytes));
      var moves = item.written.stream().map(to -> new Move(item.replacedBy(to), to)).toList();
      mended.add(
          new Mended(
              claim.task().taskId(),
              claim.task().attempt(),
              item.segment.writeId(),
              moves,
              result));
    }
    if (owner == null) {
      return Future.succeededFuture();
    }
    var session = owner;
    return mend(new MendPacked(session, mended), MEND_TRIES)
        .<Void>map(answer -> {
          CrashPoint.HEAL_MOVED.pass();
          for (long id : answer.taskIds()) {
            var item = byTask.get(id);
            if (item != null) {
              ends.put(item.repair, requireNonNull(results.get(item)));
            }
          }
          return null;
        })
        .onFailure(cause -> {
          if ("session".equals(Failure.from(cause).detail("what"))) {
            bench.session().lost(session);
          }
        });
  }

  /// Asked again when its outcome is unknown; it changes nothing twice.
  private Future<PackedMended> mend(MendPacked question, int tries) {
    return world
        .bus()
        .ask(CatalogHealContract.MEND_PACKED, question)
        .recover(cause -> {
          var failure = Failure.from(cause);
          boolean again = failure.is(FailureCode.TIMEOUT) || failure.is(FailureCode.UNAVAILABLE);
          if (!again || tries == 1) {
            return Future.failedFuture(failure);
          }
          var later = Promise.<PackedMended>promise();
          world.after(AGAIN, () -> mend(question, tries - 1).onComplete(later));
          return later.future();
        });
  }
}
