package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.OriginMirrorContract.FileRefreshed;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeCareContract.CopyMended;
import io.kintsugi.contract.TreeCareContract.Damage;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.kintsugi.tree.Mending.Remedy;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Mends rotten copies, one after the other, with the bytes of others that were read just before
/// and found to be what they should be. Where its tree does not say so, it only tells.
final class Mender {
  private static final Logger LOG = LoggerFactory.getLogger(Mender.class);
  private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
  private static final Duration REST_MAX = Duration.ofHours(1);
  private static final int DOUBLINGS_MAX = 6;

  /// What could not be mended is tried again later and later.
  private record Rest(int tries, long untilNanos) {}

  private final Trees trees;
  private final Rots rots;
  private final World world;
  private final Queue<Damage> waiting = new ArrayDeque<>();
  private final Set<String> queued = new HashSet<>();
  private final Map<String, Rest> rests = new HashMap<>();
  private boolean busy;

  Mender(Trees trees, Rots rots) {
    this.trees = trees;
    this.rots = rots;
    world = trees.world();
  }

  void start() {
    rots.whenFound(this::want);
    look();
    world.every(LOOK_EVERY, this::look);
  }

  private void look() {
    rots.load()
        .onFailure(cause -> LOG.debug("rot not read: {}", Failure.from(cause).text()))
        .onComplete(_ -> {
          long now = world.nanos();
          for (var damage : rots.all()) {
            var rest = rests.get(id(damage));
            if (rest == null || now - rest.untilNanos() >= 0) {
              want(damage);
            }
          }
        });
  }

  /// What somebody asked for is not rested from.
  void hasten() {
    rests.clear();
    look();
  }

  private static String id(Damage damage) {
    return damage.originId() + "\0" + damage.path();
  }

  private void want(Damage damage) {
    if (queued.add(id(damage))) {
      waiting.add(damage);
      next();
    }
  }

  boolean isBusy() {
    return busy;
  }

  private void next() {
    var damage = busy ? null : waiting.poll();
    if (damage == null) {
      return;
    }
    busy = true;
    Future.<Void>succeededFuture()
        .compose(_ -> treat(damage))
        .recover(cause -> {
          rots.become(damage, Damage.FAILED, Failure.from(cause).text());
          LOG.warn(
              "rot not mended origin={} path={} reason={}",
              damage.originId(),
              damage.path(),
              Failure.from(cause).text());
          return Future.succeededFuture();
        })
        .onComplete(_ -> {
          queued.remove(id(damage));
          rest(damage);
          busy = false;
          next();
        });
  }

  private void rest(Damage damage) {
    rests.compute(
        id(damage),
        (_, before) -> {
          int tries = before == null ? 0 : Math.min(before.tries() + 1, DOUBLINGS_MAX);
          long millis = Math.min(LOOK_EVERY.toMillis() << tries, REST_MAX.toMillis());
          return new Rest(tries, world.nanos() + Duration.ofMillis(millis).toNanos());
        });
  }

  private Future<Void> treat(Damage damage) {
    var places = trees.of(damage.originId(), damage.path());
    if (places.isEmpty()) {
      // No tree shows it any more. The catalog knows of it still.
      rots.forget(damage);
      return Future.succeededFuture();
    }
    var place = places.getFirst();
    return trees
        .finder()
        .copies(place.tree(), place.key())
        .compose(found -> {
          if (found.deed() != null) {
            // What was written or deleted last is on its way there, and knows what it may replace.
            return become(damage, Damage.WAITING, "a change of the key is on its way there");
          }
          var remedy =
              Mending.of(
                  damage.originId(),
                  damage.path(),
                  found.seen(),
                  found.silent(),
                  trees.origins().nearestFirst());
          return switch (remedy) {
            case Remedy.Gone() -> {
              rots.forget(damage);
              yield Future.succeededFuture();
            }
            case Remedy.Silent(var why) -> become(damage, Damage.WAITING, why);
            case Remedy.Reread(var copy) -> reread(place.tree(), copy);
            case Remedy.Heal heal -> heal(damage, place, heal, found.silent());
          };
        });
  }

  private Future<Void> become(Damage damage, String state, String reason) {
    rots.become(damage, state, reason);
    return Future.succeededFuture();
  }

  /// Whatever it is now is told by who reads it; rot that is there still comes back from there.
  private Future<Void> reread(Tree tree, Seen copy) {
    return trees.proving().proveNow(copy, tree.cared().bytesPerSecond()).mapEmpty();
  }

  private Future<Void> heal(
      Damage damage, Trees.Place place, Remedy.Heal heal, Map<String, String> silent) {
    if (heal.donors().isEmpty()) {
      return silent.isEmpty()
          ? become(damage, Damage.UNMENDABLE, "no other copy has the bytes that it should have")
          : become(damage, Damage.WAITING, "no copy has the bytes that it should have; " + silent);
    }
    if (!place.tree().cared().mends()) {
      return become(
          damage,
          Damage.FOUND,
          "mirror of "
              + place.tree().name()
              + " is off; a copy on "
              + heal.donors().getFirst().source().originId()
              + " may be right");
    }
    rots.become(damage, Damage.MENDING, "is read again");
    long rate = place.tree().cared().bytesPerSecond();
    // Nothing gives way on the word of one reading.
    return trees
        .proving()
        .proveNow(heal.copy(), rate)
        .compose(again ->
            again.rotSha256() == null
                ? Future.succeededFuture()
                : donor(heal.donors(), heal.sha256(), rate)
                    .compose(donor -> bring(damage, place, heal, donor)));
  }

  /// The first copy that was read just now and has these bytes.
  private Future<Seen> donor(List<Seen> donors, String sha256, long rate) {
    if (donors.isEmpty()) {
      return Future.failedFuture(
          Failure.of(FailureCode.CORRUPT, "no other copy has the bytes that it should have"));
    }
    var donor = donors.getFirst();
    var rest = donors.subList(1, donors.size());
    return trees
        .proving()
        .proveNow(donor, rate)
        .map(record -> record.rotSha256() == null && record.sha256().equals(sha256))
        .recover(cause -> {
          LOG.info(
              "copy not read origin={} path={} reason={}",
              donor.source().originId(),
              donor.path(),
              Failure.from(cause).text());
          return Future.succeededFuture(false);
        })
        .compose(right -> right ? Future.succeededFuture(donor) : donor(rest, sha256, rate));
  }

  private Future<Void> bring(Damage damage, Trees.Place place, Remedy.Heal heal, Seen donor) {
    var copy = heal.copy();
    long rate = place.tree().cared().bytesPerSecond();
    rots.become(damage, Damage.MENDING, "from " + donor.source().originId());
    var order = new Refresh.Order(copy.source(), copy.path(), copy, true, donor, Trust.SOURCE_ONLY);
    return trees
        .refresh()
        .run(order, rate)
        .compose(told ->
            confirm(copy, heal.sha256(), told.stamp(), rate)
                .map(record -> mended(place, copy, donor, told)));
  }

  /// What lies there now is read whole. Should it not be what was meant to be brought, it is known
  /// to be rotten under its new stamp, too.
  ///
  /// @param published null: it is not certain what was published
  private Future<FileRecord> confirm(
      Seen copy, String sha256, @Nullable FileStamp published, long rate) {
    var id = copy.source().originId();
    var proving = trees.proving();
    var standing =
        published == null
            ? proving.look(id, copy.path())
            : proving.expect(id, copy.path(), published, sha256).map(published);
    return standing
        .compose(stamp ->
            proving.proveNow(new Seen(copy.source(), copy.order(), copy.path(), stamp, null), rate))
        .map(record -> {
          if (record.rotSha256() != null || !record.sha256().equals(sha256)) {
            throw Failure.of(FailureCode.CORRUPT, "what was brought is not what it should be");
          }
          return record;
        });
  }

  private Void mended(Trees.Place place, Seen copy, Seen donor, FileRefreshed told) {
    LOG.info(
        "rot mended tree={} key={} origin={} path={} from={} movedBytes={} kept={}",
        place.tree().name(),
        place.key(),
        copy.source().originId(),
        copy.path(),
        donor.source().originId(),
        told.movedBytes(),
        told.keptAs());
    world
        .bus()
        .publish(
            TreeCareContract.COPY_MENDED,
            new CopyMended(
                place.tree().name(),
                place.key(),
                copy.source().originId(),
                copy.path(),
                CopyMended.MENDED,
                donor.source().originId(),
                told.sizeBytes(),
                told.sentBytes(),
                told.movedBytes(),
                told.keptAs()));
    return null;
  }
}
