package io.kintsugi.origin;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ExpectedRecord;
import io.kintsugi.contract.OriginContract.RecordFindings;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyRecords;
import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// A look at many shards of one pack. Neighbours are read together and most are sound; the few that
/// are not are then looked at one by one, and what that shows is told.
final class PackLook {
  /// After so many shards that could not be read, the rest is not tried.
  private static final int UNREAD_MAX = 4;

  /// A shard that is expected in the pack.
  record Expected(ShardName name, Packed place, String footerSha256) {}

  private final Origin origin;
  private final Depth depth;
  private final List<Expected> records;
  private final Pace pace;
  private final List<ShardFinding> findings = new ArrayList<>();
  private long readBytes;
  private int unread;

  private PackLook(Origin origin, VerifyRecords question, List<Expected> records) {
    this.origin = origin;
    this.depth = question.depth();
    this.records = records;
    pace = new Pace(question.bytesPerSecond(), origin.world().nanos());
  }

  static Future<RecordFindings> at(Origin origin, VerifyRecords question) {
    if (question.bytesPerSecond() < 0) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "a pace is not negative");
    }
    var records =
        question.records().stream().map(record -> expected(question.pack(), record)).toList();
    origin.requireOurs(question.incarnation());
    return new PackLook(origin, question, records).run(question.pack());
  }

  private static Expected expected(String pack, ExpectedRecord record) {
    var place = new Packed(pack, record.offset(), record.sizeBytes());
    OpenShard.requirePlace(place);
    return new Expected(ShardLook.parse(record.name()), place, record.footerSha256());
  }

  private Future<RecordFindings> run(String pack) {
    if (records.isEmpty()) {
      return end();
    }
    return (depth == Depth.QUICK ? bySize(pack) : byReading(pack))
        .recover(cause -> unread(pack, cause))
        .compose(_ -> end());
  }

  private Future<RecordFindings> end() {
    return origin.isStillOurs().map(ours -> new RecordFindings(findings, ours, readBytes));
  }

  private Future<Void> bySize(String pack) {
    return origin
        .open(() -> origin.driver().sizeOf(pack), _ -> {})
        .map(packBytes -> {
          for (var record : records) {
            tell(Finding.ofSize(record.name().path(), record.place(), packBytes));
          }
          return null;
        });
  }

  private Future<Void> byReading(String pack) {
    return origin
        .open(() -> openPack(pack), late -> origin.release(late.file()))
        .compose(open -> {
          var sweep = new PackSweep(origin, open.file(), open.sizeBytes(), records, depth, pace);
          return sweep
              .run()
              .onComplete(_ -> {
                readBytes += sweep.readBytes();
                origin.release(open.file());
              });
        })
        .compose(doubtful -> inTurn(doubtful.size(), at -> lookAlone(doubtful.get(at))));
  }

  private record Open(Driver.Reading file, long sizeBytes) {}

  private Open openPack(String pack) throws DriverException {
    var file = origin.driver().openUncached(pack);
    try {
      return new Open(file, file.sizeBytes());
    } catch (DriverException e) {
      file.close();
      throw e;
    }
  }

  private Future<Void> lookAlone(Expected record) {
    if (unread >= UNREAD_MAX) {
      tell(Finding.unreachable(record.name().path(), "not tried after others could not be read"));
      return Future.succeededFuture();
    }
    return ShardLook.at(origin, record.name(), record.place(), depth, pace)
        .map(finding -> {
          readBytes += finding.readBytes();
          unread = finding.evidence() == Evidence.UNREACHABLE ? unread + 1 : 0;
          tell(
              record.footerSha256().equals(finding.footerSha256())
                      || finding.evidence() != Evidence.HEALTHY
                  ? finding
                  : Finding.otherFooter(finding, record.place(), depth));
          return null;
        });
  }

  private void tell(ShardFinding finding) {
    if (finding.evidence() != Evidence.HEALTHY) {
      findings.add(finding);
    }
  }

  /// The pack as a whole is not there, or cannot be read.
  private Future<Void> unread(String pack, Throwable cause) {
    var failure = origin.fail(Operation.READ, cause);
    if (failure.is(FailureCode.INTERNAL_ERROR)) {
      return Future.failedFuture(cause);
    }
    findings.clear();
    if (!(Failures.fault(cause) instanceof Fault.NotFound)) {
      records.forEach(record -> tell(Finding.unreachable(record.name().path(), failure.text())));
      return Future.succeededFuture();
    }
    return origin
        .isStillOurs()
        .map(ours -> {
          records.forEach(
              record -> tell(Finding.absent(record.name().path(), "no pack " + pack, ours)));
          return null;
        });
  }

  /// One after another; loops over what is done at once, so that many of those do not nest.
  private static Future<Void> inTurn(int count, IntFunction<Future<Void>> work) {
    Promise<Void> done = Promise.promise();
    proceed(0, count, work, done);
    return done.future();
  }

  private static void proceed(
      int first, int count, IntFunction<Future<Void>> work, Promise<Void> done) {
    for (int at = first; at < count; at++) {
      var step = work.apply(at);
      if (!step.isComplete()) {
        int next = at + 1;
        step.onSuccess(_ -> proceed(next, count, work, done)).onFailure(done::fail);
        return;
      }
      if (step.failed()) {
        done.fail(step.cause());
        return;
      }
    }
    done.complete();
  }
}
