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

  private final FilePlace place;
  private final Set<String> busy = new HashSet<>();

  MirrorDesk(FilePlace place) {
    this.place = place;
  }

  void open() {
    var bus = place.world().bus();
    bus.answer(
        OriginMirrorContract.CUT_FILE.at(place.id()),
        question -> CutTelling.start(place, question));
    bus.answer(OriginMirrorContract.REFRESH_FILE.at(place.id()), this::refresh);
  }

  private Future<Done> refresh(RefreshFile question) {
    var path = PlainFiles.require(question.path());
    if (question.fromPath() != null) {
      PlainFiles.require(question.fromPath());
    }
    if (question.fromOriginId().equals(place.id())) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "both copies lie on origin " + place.id());
    }
    PlainFiles.requireRate(question.bytesPerSecond());
    place.requireWritable();
    if (busy.contains(path)) {
      throw Failure.of(FailureCode.CONFLICT, "it is being brought up to date already: " + path);
    }
    if (busy.size() >= AT_ONCE) {
      throw Failure.of(
          FailureCode.QUEUE_FULL,
          "origin " + place.id() + " brings " + AT_ONCE + " files up to date already");
    }
    busy.add(path);
    var sink = place.world().blobs().connect(question.into());
    new Refreshing(place, question, sink).run().onComplete(_ -> busy.remove(path));
    return Future.succeededFuture(new Done());
  }
}
