package io.kintsugi.tree;

import io.kintsugi.contract.CatalogDeedContract;
import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogDeedContract.Deeds;
import io.kintsugi.contract.CatalogDeedContract.OpenDeed;
import io.kintsugi.contract.CatalogDeedContract.SettleDeed;
import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.FileWriteContract;
import io.kintsugi.contract.FileWriteContract.BeginFile;
import io.kintsugi.contract.FileWriteContract.BegunFile;
import io.kintsugi.contract.FileWriteContract.PublishFile;
import io.kintsugi.contract.FileWriteContract.RemoveFile;
import io.kintsugi.contract.FileWriteContract.SealedFile;
import io.kintsugi.contract.FilesContract.FoundFile;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the neighbours of the tree do when files are written, played over the bus: origins that
/// take drafts, and the catalog with its deeds.
final class PlayedWrites {
  /// How one origin is to fail.
  static final class Faults {
    volatile @Nullable Failure begin;
    volatile @Nullable Failure seal;
    volatile @Nullable Failure publish;
    volatile @Nullable Failure remove;
  }

  private record Draft(String path, Buffer bytes, Promise<Void> ended) {}

  final Map<String, Faults> faults = new ConcurrentHashMap<>();
  final Map<String, Deed> deeds = new ConcurrentHashMap<>();
  private final Map<String, Draft> drafts = new ConcurrentHashMap<>();
  private final World world;
  private final PlayedFiles files;
  private long ticks = 100;

  PlayedWrites(World world, PlayedFiles files) {
    this.world = world;
    this.files = files;
    var bus = world.bus();
    bus.answer(CatalogDeedContract.OPEN_DEED, wish -> Future.succeededFuture(open(wish)));
    bus.answer(
        CatalogDeedContract.FIND_DEEDS,
        question ->
            Future.succeededFuture(
                new Deeds(
                    question.keys().stream().map(deeds::get).filter(Objects::nonNull).toList())));
    bus.answer(
        CatalogDeedContract.CLAIM_DEEDS,
        question -> {
          var due =
              deeds.values().stream()
                  .filter(deed ->
                      deed.places().stream()
                          .anyMatch(place -> question.originIds().contains(place.originId())))
                  .toList();
          return Future.succeededFuture(new Deeds(claimed(due)));
        });
    bus.answer(CatalogDeedContract.SETTLE_DEED, this::reached);
    bus.answer(CatalogDeedContract.KEEP_DEED, this::reached);
    bus.answer(
        CatalogDeedContract.UNDO_DEED,
        question -> {
          deeds.remove(question.key());
          return Future.succeededFuture(new Done());
        });
  }

  private final Map<String, Boolean> handedOut = new ConcurrentHashMap<>();

  private List<Deed> claimed(List<Deed> due) {
    return due.stream().filter(deed -> handedOut.put(deed.id(), true) == null).toList();
  }

  private Instant tick() {
    return PlayedFiles.AT.plusSeconds(ticks++);
  }

  private Deed open(OpenDeed wish) {
    var deed =
        new Deed(
            wish.id(),
            wish.tree(),
            wish.key(),
            wish.kind(),
            wish.sha256(),
            wish.sizeBytes(),
            tick(),
            wish.open(),
            wish.places(),
            List.of(),
            null);
    deeds.put(wish.key(), deed);
    return deed;
  }

  private Future<Done> reached(SettleDeed question) {
    var deed = deeds.get(question.key());
    if (deed != null && deed.id().equals(question.id())) {
      for (var file : question.written()) {
        files.records.put(
            new FileName(file.originId(), file.path()),
            new FileRecord(
                file.originId(), file.path(), file.stamp(), file.sha256(), deed.made(), null));
      }
      if (question.places().isEmpty()) {
        deeds.remove(question.key());
      } else {
        deeds.put(
            question.key(),
            new Deed(
                deed.id(),
                deed.tree(),
                deed.key(),
                deed.kind(),
                deed.sha256(),
                deed.sizeBytes(),
                deed.made(),
                false,
                question.places(),
                List.of(),
                null));
      }
    }
    return Future.succeededFuture(new Done());
  }

  int drafts() {
    return drafts.size();
  }

  void add(String id) {
    var fault = new Faults();
    faults.put(id, fault);
    var bus = world.bus();
    bus.answer(FileWriteContract.BEGIN_FILE.at(id), wish -> begin(id, fault, wish));
    bus.answer(
        FileWriteContract.SEAL_FILE.at(id),
        question -> {
          var draft = Objects.requireNonNull(drafts.get(question.draft()));
          return draft
              .ended()
              .future()
              .compose(_ -> failing(id, fault.seal))
              .map(_ -> new SealedFile(draft.bytes().length()));
        });
    bus.answer(
        FileWriteContract.PUBLISH_FILE.at(id),
        question -> failing(id, fault.publish).map(_ -> publish(id, question)));
    bus.answer(
        FileWriteContract.DISCARD_FILE.at(id),
        question -> {
          drafts.remove(question.draft());
          return Future.succeededFuture(new Done());
        });
    bus.answer(
        FileWriteContract.REMOVE_FILE.at(id),
        question -> failing(id, fault.remove).map(_ -> remove(id, question)));
  }

  private Future<Void> failing(String id, @Nullable Failure fault) {
    var away = files.place(id).failing;
    return fault != null
        ? Future.failedFuture(fault)
        : away != null ? Future.failedFuture(away) : Future.succeededFuture();
  }

  private Future<BegunFile> begin(String id, Faults fault, BeginFile wish) {
    return failing(id, fault.begin)
        .map(_ -> {
          var name = id + "-" + ticks++;
          var draft = new Draft(wish.path(), Buffer.buffer(), Promise.promise());
          var from = world.blobs().await(Blobs.SHARD_WINDOW_BYTES);
          from.exceptionHandler(draft.ended()::tryFail);
          from.endHandler(_ -> draft.ended().tryComplete());
          from.handler(draft.bytes()::appendBuffer);
          drafts.put(name, draft);
          return new BegunFile(name, from.ticket());
        });
  }

  private FoundFile publish(String id, PublishFile question) {
    var draft = Objects.requireNonNull(drafts.remove(question.draft()));
    var place = files.place(id);
    var only = question.onlyOver();
    var old = place.files.get(draft.path());
    if (only != null && !Objects.equals(only.stamp(), old == null ? null : old.stamp())) {
      throw Failure.of(FailureCode.CONFLICT, "changed", "what", "file-changed");
    }
    place.put(draft.path(), draft.bytes().getBytes(), tick());
    return new FoundFile(Objects.requireNonNull(place.files.get(draft.path())).stamp());
  }

  private Done remove(String id, RemoveFile question) {
    var place = files.place(id);
    var old = place.files.get(question.path());
    if (old != null && !old.stamp().equals(question.stamp())) {
      throw Failure.of(FailureCode.CONFLICT, "changed", "what", "file-changed");
    }
    place.files.remove(question.path());
    return new Done();
  }
}
