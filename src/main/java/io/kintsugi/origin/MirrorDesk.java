package io.kintsugi.origin;

import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginMirrorContract;
import io.kintsugi.contract.OriginMirrorContract.RefreshFile;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Set;

/// Answers for the plain files of one origin that have copies elsewhere.
final class MirrorDesk {
  /// Copies that are brought up to date at a time; each needs a window and, in a bucket, a part.
  private static final int AT_ONCE = 4;

  private static final int FOLDERS_MAX = 10_000;

  private final Origin origin;
  private final Set<String> busy = new HashSet<>();

  /// Folders that this life has looked through for what earlier ones left unfinished.
  private final Set<String> swept = new HashSet<>();

  MirrorDesk(Origin origin) {
    this.origin = origin;
  }

  void open() {
    var bus = origin.world().bus();
    bus.answer(
        OriginMirrorContract.CUT_FILE.at(origin.id()),
        question -> CutTelling.start(origin, question));
    bus.answer(
        OriginMirrorContract.READ_RANGE.at(origin.id()),
        question -> FileSending.start(origin, question));
    bus.answer(OriginMirrorContract.REFRESH_FILE.at(origin.id()), this::refresh);
  }

  private Future<Done> refresh(RefreshFile question) {
    var path = PlainFiles.require(question.path());
    if (question.fromPath() != null) {
      PlainFiles.require(question.fromPath());
    }
    if (question.from().originId().equals(origin.id())) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "both copies lie on origin " + origin.id());
    }
    origin.requireReadable(question.incarnation());
    origin.requireWritable(question.incarnation());
    if (busy.contains(path)) {
      throw Failure.of(FailureCode.CONFLICT, "it is being brought up to date already: " + path);
    }
    if (busy.size() >= AT_ONCE) {
      throw Failure.of(
          FailureCode.QUEUE_FULL,
          "origin " + origin.id() + " brings " + AT_ONCE + " files up to date already");
    }
    busy.add(path);
    var sink = origin.world().blobs().connect(question.into());
    new Refreshing(origin, question, sink, isSwept(path)).run().onComplete(_ -> busy.remove(path));
    return Future.succeededFuture(new Done());
  }

  private boolean isSwept(String path) {
    if (swept.size() >= FOLDERS_MAX) {
      swept.clear();
    }
    return !swept.add(PlainFiles.folder(path));
  }
}
