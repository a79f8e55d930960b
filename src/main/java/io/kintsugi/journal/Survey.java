package io.kintsugi.journal;

import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginJournalContract;
import io.kintsugi.contract.OriginJournalContract.JournalFile;
import io.kintsugi.contract.OriginJournalContract.JournalFiles;
import io.kintsugi.contract.OriginJournalContract.ListJournal;
import io.kintsugi.format.JournalName;
import io.kintsugi.format.KeyRing;
import io.kintsugi.journal.Found.Bearer;
import io.kintsugi.journal.Found.Piece;
import io.kintsugi.journal.Found.Snapshot;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Looks at the journals of all origins at once, each by itself: one that does not answer keeps
/// nobody from seeing the others. Of changes every byte is verified; of snapshots only a deep look
/// does that, else their ends tell.
final class Survey {
  private final World world;
  private final KeyRing keys;
  private final boolean deep;
  private final List<String> refused = new ArrayList<>();

  Survey(World world, KeyRing keys, boolean deep) {
    this.world = world;
    this.keys = keys;
    this.deep = deep;
  }

  Future<Found> run() {
    return world
        .bus()
        .ask(OriginContract.LIST_ORIGINS, new ListOrigins())
        .compose(origins -> {
          var looks = origins.origins().stream().map(this::look).toList();
          return Future.all(looks)
              .map(_ -> new Found(looks.stream().map(Future::result).toList(), refused));
        });
  }

  private Future<Bearer> look(OriginState origin) {
    return world
        .bus()
        .ask(OriginJournalContract.LIST_JOURNAL.at(origin.id()), new ListJournal())
        .compose(files -> read(origin, files))
        .otherwise(cause -> {
          var why = Failure.from(cause).text();
          refused.add(origin.id() + ": its journal cannot be read: " + why);
          return Bearer.silent(origin, why);
        });
  }

  private Future<Bearer> read(OriginState origin, JournalFiles files) {
    var cluster = files.clusterId();
    if (cluster == null) {
      return Future.succeededFuture(
          new Bearer(origin, null, null, List.of(), List.of(), List.of(), null));
    }
    if (!origin.id().equals(files.markerOriginId())) {
      refused.add(origin.id() + ": its marker is that of " + files.markerOriginId());
    }
    var looks = new ArrayList<FileLook>();
    Future<?> done = Future.succeededFuture();
    for (var file : files.files()) {
      done =
          done.compose(
              _ -> look(origin, cluster, file).onSuccess(looks::add).recover(Survey::passOver));
    }
    return done.map(_ -> bearer(origin, files, looks));
  }

  /// A file that was given up since it was listed.
  private static Future<FileLook> passOver(Throwable cause) {
    return Failure.from(cause).is(FailureCode.NOT_FOUND)
        ? Future.succeededFuture()
        : Future.failedFuture(cause);
  }

  private Future<FileLook> look(OriginState origin, String cluster, JournalFile file) {
    var name = JournalName.parse(file.name()).orElseThrow();
    var look = new FileLook(world, keys, origin.id(), cluster, file, name);
    return deep || !name.snapshot() ? look.run() : look.atItsEnd();
  }

  private Bearer bearer(OriginState origin, JournalFiles files, List<FileLook> looks) {
    var pieces = new ArrayList<Piece>();
    var snapshots = new ArrayList<Snapshot>();
    for (var look : looks) {
      pieces.addAll(look.changes());
      var snapshot = look.snapshot();
      if (snapshot != null) {
        snapshots.add(snapshot);
      }
    }
    looks.stream().map(FileLook::refused).filter(Objects::nonNull).forEach(refused::add);
    return new Bearer(
        origin,
        files.clusterId(),
        files.markerIncarnation(),
        pieces,
        snapshots,
        looks.stream().map(FileLook::name).toList(),
        null);
  }
}
