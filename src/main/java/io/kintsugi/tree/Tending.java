package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract;
import io.kintsugi.contract.CatalogDeedContract.ClaimDeeds;
import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogDeedContract.Place;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.FileWriteContract;
import io.kintsugi.contract.FileWriteContract.RemoveFile;
import io.kintsugi.contract.FileWriteContract.Standing;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.ReadFile;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.TreeWriteContract.EntryChanged;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings to origins that were silent what was done meanwhile: removes what was deleted, replaces
/// what was overwritten. What is not surely the old file stays, and is shown. It also finds out
/// what became of writings whose process died.
final class Tending {
  private static final Logger LOG = LoggerFactory.getLogger(Tending.class);
  private static final Duration PERIOD = Duration.ofSeconds(30);

  /// What could not be done is tried again after that.
  private static final Duration REST = Duration.ofMinutes(5);

  private static final int DEEDS_AT_ONCE = 50;

  private final World world;
  private final Forest forest;
  private final Origins origins;
  private final Finder finder;
  private final Deeds deeds;
  private final Turns turns;
  private final Figures figures;
  private boolean busy;
  private boolean again;

  Tending(
      World world,
      Forest forest,
      Origins origins,
      Finder finder,
      Deeds deeds,
      Turns turns,
      Figures figures) {
    this.world = world;
    this.forest = forest;
    this.origins = origins;
    this.finder = finder;
    this.deeds = deeds;
    this.turns = turns;
    this.figures = figures;
  }

  void start() {
    world.every(PERIOD, this::tend);
    origins.onWell(this::tend);
  }

  private void tend() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    round()
        .onFailure(cause -> LOG.debug("not tended: {}", Failure.from(cause).text()))
        .onComplete(_ -> {
          busy = false;
          if (again) {
            tend();
          }
        });
  }

  private Future<Void> round() {
    var answering = origins.answering();
    if (answering.isEmpty()) {
      return Future.succeededFuture();
    }
    return world
        .bus()
        .ask(CatalogDeedContract.CLAIM_DEEDS, new ClaimDeeds(answering, DEEDS_AT_ONCE))
        .compose(claimed ->
            claimed.deeds().isEmpty()
                ? Future.succeededFuture()
                : each(claimed.deeds().iterator()).compose(_ -> round()));
  }

  private Future<Void> each(Iterator<Deed> claimed) {
    if (!claimed.hasNext()) {
      return Future.succeededFuture();
    }
    var deed = claimed.next();
    return forest
        .find(deed.tree())
        .compose(tree ->
            turns.alone(
                deed.tree(),
                deed.key(),
                () -> finder.copies(tree, deed.key()).compose(now -> tend(tree, now, deed))))
        .recover(cause -> {
          LOG.warn(
              "tree={} key={} not brought to every origin yet: {}",
              deed.tree(),
              deed.key(),
              Failure.from(cause).text());
          return Future.succeededFuture();
        })
        .compose(_ -> each(claimed));
  }

  private Future<Void> tend(Tree tree, Finder.Copies now, Deed claimed) {
    var deed = now.deed();
    if (deed == null || !deed.id().equals(claimed.id())) {
      return Future.succeededFuture();
    }
    if (deed.open()) {
      var covering = now.covering();
      if (covering.inDoubt()) {
        return Future.succeededFuture();
      }
      boolean tookPlace = Covering.tookPlace(deed, now.seen());
      LOG.info(
          "tree={} key={} writing that was broken off {}",
          deed.tree(),
          deed.key(),
          tookPlace ? "goes on: a copy of it stands" : "left the old content");
      if (!tookPlace) {
        return deeds.undo(deed).mapEmpty();
      }
    }
    return new Rest(tree, now, deed).bring();
  }

  /// Copies that are not older than the deed.
  private static List<Seen> later(Deed deed, Finder.Copies now) {
    return now.seen().stream()
        .filter(copy -> {
          var place = Covering.place(deed.places(), copy.source().originId(), copy.path());
          return place == null || !Covering.covers(place, deed.made(), copy.stamp());
        })
        .toList();
  }

  /// What is left of one deed.
  private final class Rest {
    private final Tree tree;
    private final Finder.Copies now;
    private final Deed deed;
    private final List<Place> left = new ArrayList<>();
    private final List<SaveFileRecord> written = new ArrayList<>();

    Rest(Tree tree, Finder.Copies now, Deed deed) {
      this.tree = tree;
      this.now = now;
      this.deed = deed;
    }

    Future<Void> bring() {
      Future<Void> done = Future.succeededFuture();
      for (var place : deed.places()) {
        done = done.compose(_ -> bring(place));
      }
      return done.compose(_ -> {
        if (left.equals(deed.places()) && !deed.open()) {
          return Future.succeededFuture();
        }
        return deeds
            .reached(deed, left, written, REST.toMillis())
            .map(_ -> {
              if (left.isEmpty()) {
                LOG.info("tree={} key={} {} on every origin", deed.tree(), deed.key(), deed.kind());
                deeds.tell(deed.tree(), deed.key(), EntryChanged.SETTLED);
              }
              return null;
            });
      });
    }

    private Future<Void> bring(Place place) {
      var source = source(place);
      if (source == null) {
        return Future.succeededFuture();
      }
      if (now.silent().containsKey(place.originId())) {
        left.add(place);
        return Future.succeededFuture();
      }
      var copy = copy(place);
      if (copy == null || !Covering.covers(place, deed.made(), copy.stamp())) {
        // Nothing is there, or what somebody put there since.
        return Future.succeededFuture();
      }
      var brought = deed.kind().equals(Deed.DELETED) ? remove(copy) : replace(source, copy);
      return brought
          .onSuccess(_ -> figures.caughtUp())
          .recover(cause -> {
            left.add(place);
            LOG.warn(
                "tree={} key={} origin={} old file is hidden and still there: {}",
                deed.tree(),
                deed.key(),
                place.originId(),
                Failure.from(cause).text());
            return Future.succeededFuture();
          });
    }

    private @Nullable Source source(Place place) {
      for (var source : tree.sources()) {
        if (source.originId().equals(place.originId())
            && Paths.of(source, deed.key()).equals(place.path())) {
          return source;
        }
      }
      return null;
    }

    private @Nullable Seen copy(Place place) {
      for (var copy : now.seen()) {
        if (copy.source().originId().equals(place.originId()) && copy.path().equals(place.path())) {
          return copy;
        }
      }
      return null;
    }

    private Future<Void> remove(Seen copy) {
      return world
          .bus()
          .ask(
              FileWriteContract.REMOVE_FILE.at(copy.source().originId()),
              new RemoveFile(copy.path(), copy.stamp()))
          .mapEmpty();
    }

    /// Only the content that was written then takes the place of the old one.
    private Future<Void> replace(Source source, Seen old) {
      for (var copy : later(deed, now)) {
        if (copy.stamp().sizeBytes() == deed.sizeBytes() && !copy.isRotten()) {
          return Draft.begin(world, source, deed.key(), deed.sizeBytes())
              .compose(draft -> replace(draft, copy, old));
        }
      }
      return Future.failedFuture(
          Failure.of(FailureCode.UNAVAILABLE, "no copy of what replaces it can be read now"));
    }

    private Future<Void> replace(Draft draft, Seen from, Seen old) {
      return filled(draft, from)
          .compose(filled ->
              Objects.equals(filled.sha256(), deed.sha256())
                  ? draft.publish(new Standing(old.stamp()))
                  : Future.<FileStamp>failedFuture(
                      Failure.of(
                          FailureCode.CONFLICT,
                          "what stands on "
                              + from.source().originId()
                              + " is not what was written")))
          .onFailure(cause -> draft.discard(Failure.from(cause)))
          .map(stamp -> {
            written.add(
                new SaveFileRecord(
                    draft.originId(), draft.path(), stamp, Objects.requireNonNull(deed.sha256())));
            return null;
          });
    }

    private Future<Fan.Filled> filled(Draft draft, Seen from) {
      var bytes = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
      bytes.pause();
      var fan = new Fan(world, bytes, deed.sizeBytes(), List.of(draft), 1);
      var filled = fan.run();
      world
          .bus()
          .ask(
              FilesContract.READ_FILE.at(from.source().originId()),
              new ReadFile(from.path(), from.stamp(), 0, deed.sizeBytes(), bytes.ticket()))
          .onFailure(cause -> fan.stop(Failure.from(cause)));
      return filled;
    }
  }
}
