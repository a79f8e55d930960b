package io.kintsugi.origin;

import io.kintsugi.contract.FilesContract.FileHash;
import io.kintsugi.contract.FilesContract.HashFile;
import io.kintsugi.driver.Driver;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/// Reads a whole plain file on the origin's own threads, a piece at a time, and hashes it.
final class FileHashing {
  private static final Duration YOUNG = Duration.ofMinutes(1);
  private static final int PIECE_BYTES = 1 << 20;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final FilePlace place;
  private final HashFile question;
  private final Driver.Reading file;
  private final MessageDigest digest;
  private final Promise<FileHash> done = Promise.promise();
  private final long beginNanos;
  private long offset;

  private FileHashing(FilePlace place, HashFile question, Driver.Reading file) {
    this.place = place;
    this.question = question;
    this.file = file;
    beginNanos = place.world().nanos();
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  static Future<FileHash> start(FilePlace place, HashFile question) {
    if (question.bytesPerSecond() < 0) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "not a rate: " + question.bytesPerSecond());
    }
    return settled(place, question)
        .compose(_ -> FileReading.open(place, question.path(), question.stamp()))
        .compose(opened -> {
          var file = opened.file;
          if (file == null) {
            return Future.failedFuture(FileStat.changed(place, question.path()));
          }
          var hashing = new FileHashing(place, question, file);
          file.expect(0, question.stamp().sizeBytes());
          hashing.next();
          return hashing.done.future().onComplete(_ -> place.release(file));
        });
  }

  /// What was written just now may be written again without another stamp.
  private static Future<Void> settled(FilePlace place, HashFile question) {
    var young = place.world().clock().instant().minus(YOUNG);
    return question.stamp().modified().isAfter(young)
        ? FileCuts.settled(place, PlainFiles.stamp(question.stamp()))
        : Future.succeededFuture();
  }

  private void next() {
    place
        .run(() -> {
          var piece = new byte[PIECE_BYTES];
          int read = file.read(ByteBuffer.wrap(piece), offset);
          digest.update(piece, 0, read);
          return read;
        })
        .onSuccess(this::took)
        .onFailure(cause -> done.fail(place.fail(Operation.READ, cause)));
  }

  private void took(int read) {
    offset += read;
    if (read < PIECE_BYTES) {
      finish();
      return;
    }
    long rate = question.bytesPerSecond();
    long dueNanos = rate == 0 ? 0 : beginNanos + (long) (offset * (double) NANOS_PER_SECOND / rate);
    long waitNanos = rate == 0 ? 0 : dueNanos - place.world().nanos();
    if (waitNanos <= 0) {
      next();
    } else {
      place.world().after(Duration.ofNanos(waitNanos), this::next);
    }
  }

  private void finish() {
    place
        .run(() -> FileStat.of(place, question.path()))
        .onSuccess(now -> {
          if (now.equals(question.stamp()) && offset == now.sizeBytes()) {
            done.complete(new FileHash(HexFormat.of().formatHex(digest.digest()), offset));
          } else {
            done.fail(FileStat.changed(place, question.path()));
          }
        })
        .onFailure(cause -> done.fail(place.fail(Operation.READ, cause)));
  }
}
