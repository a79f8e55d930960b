package io.kintsugi.origin;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.FileWriteContract;
import io.kintsugi.contract.FileWriteContract.BeginFile;
import io.kintsugi.contract.FileWriteContract.BegunFile;
import io.kintsugi.contract.FileWriteContract.DiscardFile;
import io.kintsugi.contract.FileWriteContract.PublishFile;
import io.kintsugi.contract.FileWriteContract.RemoveFile;
import io.kintsugi.contract.FileWriteContract.SealFile;
import io.kintsugi.contract.FileWriteContract.SealedFile;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FoundFile;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes plain files to an origin and takes them away. What is being written lies beside its name,
/// where no listing shows it, until it is published in one step.
final class FileWriting {
  private static final Duration LOOK = Duration.ofMinutes(1);

  /// A draft that nothing was heard of for so long is given up.
  private static final Duration KEPT = Duration.ofMinutes(10);

  private final FilePlace place;
  private final Tally tally;
  private final Map<String, FileDraft> drafts = new HashMap<>();

  FileWriting(FilePlace place, Tally tally) {
    this.place = place;
    this.tally = tally;
  }

  void answer(String id) {
    var bus = place.world().bus();
    bus.answer(FileWriteContract.BEGIN_FILE.at(id), this::begin);
    bus.answer(FileWriteContract.SEAL_FILE.at(id), this::seal);
    bus.answer(FileWriteContract.PUBLISH_FILE.at(id), this::publish);
    bus.answer(FileWriteContract.DISCARD_FILE.at(id), this::discard);
    bus.answer(FileWriteContract.REMOVE_FILE.at(id), this::remove);
    place.world().every(LOOK, this::look);
  }

  private Future<BegunFile> begin(BeginFile wish) {
    PlainFiles.require(wish.path());
    if (wish.sizeBytes() < 0) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "a file has no negative size");
    }
    place.noteWritten();
    return place
        .change(() -> FileDraft.open(place, wish), late -> place.release(late.file()))
        .recover(cause -> Future.failedFuture(refused(cause)))
        .map(opened -> {
          var world = place.world();
          var id = HexFormat.of().toHexDigits(world.random().nextLong());
          var from = world.blobs().await(Blobs.OBJECT_WINDOW_BYTES);
          var draft = new FileDraft(place, wish, opened, from);
          drafts.put(id, draft);
          draft.over().onComplete(_ -> drafts.remove(id));
          draft.fill();
          return new BegunFile(id, from.ticket());
        });
  }

  /// A folder that is gone says nothing of the file that was to be made in it.
  private Failure refused(Throwable cause) {
    var failure = place.fail(Operation.WRITE, cause);
    return failure.is(FailureCode.NOT_FOUND) ? place.unavailable(failure.text()) : failure;
  }

  private FileDraft draft(String id) {
    var draft = drafts.get(id);
    if (draft == null) {
      throw Failure.of(
          FailureCode.NOT_FOUND, "origin " + place.id() + " has no draft " + id, "what", "draft");
    }
    return draft;
  }

  private Future<SealedFile> seal(SealFile question) {
    return draft(question.draft()).seal().map(SealedFile::new);
  }

  private Future<FoundFile> publish(PublishFile question) {
    var draft = draft(question.draft());
    place.requireWritable();
    var only = question.onlyOver();
    var published =
        place
            .alone(
                draft.path(),
                () ->
                    place.change(
                        () -> {
                          if (only != null) {
                            requireStanding(draft.path(), only.stamp());
                          }
                          return draft.publish();
                        },
                        _ -> {}))
            .map(FoundFile::new)
            .onComplete(_ -> draft.close())
            .recover(cause -> Future.failedFuture(place.fail(Operation.WRITE, cause)));
    return tally.written(draft.sizeBytes(), published);
  }

  private void requireStanding(String path, @Nullable FileStamp stamp) throws DriverException {
    var now = standing(path);
    boolean same = now == null ? stamp == null : now.equals(stamp);
    if (!same) {
      throw FileStat.changed(place, path);
    }
  }

  private @Nullable FileStamp standing(String path) throws DriverException {
    try {
      return FileStat.of(place, path);
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return null;
      }
      throw e;
    }
  }

  private Future<Done> discard(DiscardFile question) {
    var draft = drafts.get(question.draft());
    if (draft != null) {
      draft.drop(Failure.of(FailureCode.CANCELLED, "it was discarded"));
    }
    return Future.succeededFuture(new Done());
  }

  private Future<Done> remove(RemoveFile question) {
    PlainFiles.require(question.path());
    return place
        .alone(
            question.path(),
            () ->
                place.change(
                    () -> {
                      var now = standing(question.path());
                      if (now == null) {
                        return new Done();
                      }
                      if (!now.equals(question.stamp())) {
                        throw FileStat.changed(place, question.path());
                      }
                      place.driver().remove(question.path());
                      if (place.hasFolders()) {
                        place.driver().flushFolder(PlainFiles.folder(question.path()));
                      }
                      return new Done();
                    },
                    _ -> {}))
        .recover(cause -> Future.failedFuture(place.fail(Operation.WRITE, cause)));
  }

  private void look() {
    long now = place.world().nanos();
    for (var draft : new ArrayList<>(drafts.values())) {
      if (now - draft.touchedNanos() > KEPT.toNanos()) {
        draft.drop(Failure.of(FailureCode.TIMEOUT, "nothing was heard of it any more"));
      }
    }
  }
}
