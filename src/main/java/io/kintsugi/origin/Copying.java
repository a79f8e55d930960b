package io.kintsugi.origin;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginCollectContract.CopyRecords;
import io.kintsugi.contract.OriginCollectContract.RecordCopied;
import io.kintsugi.contract.OriginCollectContract.RecordCopy;
import io.kintsugi.contract.OriginCollectContract.RecordsCopied;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.OriginContract.WriteRecords;
import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardChecker;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Payload;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Copies what lives in one pack into another one. Each shard is read once, from the disk; the very
/// bytes that were verified, with the digest of the whole, are the ones that are written.
final class Copying {
  private static final long BYTES_MAX = 4L << 20;

  private final Origin origin;
  private final CopyRecords question;
  private final List<Copy> copies = new ArrayList<>();
  private final Function<WriteRecords, Future<List<RecordWritten>>> writer;

  /// A shard on its way.
  private static final class Copy {
    final ShardName name;
    final Packed place;
    final String footerSha256;
    byte[] bytes = new byte[0];
    @Nullable Failure unread;
    @Nullable ShardFinding finding;
    @Nullable RecordWritten written;

    Copy(String pack, RecordCopy record) {
      name = ShardLook.parse(record.name());
      place = new Packed(pack, record.offset(), record.sizeBytes());
      footerSha256 = record.footerSha256();
      OpenShard.requirePlace(place);
    }

    boolean isSound() {
      return finding != null && finding.evidence() == Evidence.HEALTHY;
    }
  }

  private Copying(
      Origin origin,
      CopyRecords question,
      Function<WriteRecords, Future<List<RecordWritten>>> writer) {
    this.origin = origin;
    this.question = question;
    this.writer = writer;
  }

  static Future<RecordsCopied> at(Origin origin, Packs packs, CopyRecords question) {
    long bytes = 0;
    for (var record : question.records()) {
      bytes += record.sizeBytes();
    }
    if (bytes > BYTES_MAX) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "more than 4 MiB of shards at once");
    }
    if (packs.isOpen(question.pack())) {
      throw Failure.of(FailureCode.INVALID_REQUEST, question.pack() + " is being written");
    }
    origin.requireWritable(question.incarnation());
    var copying =
        new Copying(
            origin, question, write -> packs.write(write).map(written -> written.records()));
    question.records().forEach(record -> copying.copies.add(new Copy(question.pack(), record)));
    return copying.run();
  }

  private Future<RecordsCopied> run() {
    return read()
        .compose(_ -> origin.world().compute(this::verify))
        .compose(_ -> write())
        .compose(_ -> origin.isStillOurs())
        .map(ours -> new RecordsCopied(copies.stream().map(Copying::told).toList(), ours));
  }

  private Future<?> read() {
    return origin
        .open(() -> origin.driver().openUncached(question.pack()), origin::release)
        .compose(pack -> {
          Future<?> done = Future.succeededFuture();
          for (var copy : copies) {
            done = done.compose(_ -> read(pack, copy));
          }
          return done.onComplete(_ -> origin.release(pack));
        })
        .recover(cause -> {
          var failure = origin.fail(Operation.READ, cause);
          boolean gone = Failures.fault(cause) instanceof Fault.NotFound;
          if (!gone) {
            return Future.failedFuture(failure);
          }
          copies.forEach(copy -> copy.unread = failure);
          return Future.succeededFuture();
        });
  }

  /// One bad spot must not hide what is around it.
  private Future<?> read(Driver.Reading pack, Copy copy) {
    return origin
        .run(() -> bytes(pack, copy.place))
        .onSuccess(bytes -> copy.bytes = bytes)
        .recover(cause -> {
          copy.unread = origin.fail(Operation.READ, cause);
          return Failures.fault(cause) == null
              ? Future.failedFuture(copy.unread)
              : Future.succeededFuture();
        });
  }

  private static byte[] bytes(Driver.Reading pack, Packed place) throws DriverException {
    var bytes = new byte[Math.toIntExact(place.sizeBytes())];
    int read = pack.read(ByteBuffer.wrap(bytes), place.offset());
    return read == bytes.length ? bytes : Arrays.copyOf(bytes, Math.max(0, read));
  }

  private boolean verify() {
    for (var copy : copies) {
      if (copy.unread == null) {
        copy.finding = finding(copy);
      }
    }
    return true;
  }

  private ShardFinding finding(Copy copy) {
    var path = copy.name.path();
    long fileBytes = PackRecord.fileBytes(copy.bytes.length);
    var checker =
        new ShardChecker(
            Finding.reading(Depth.FORENSIC),
            ShardChecker.Expected.of(copy.name),
            origin.keys(),
            fileBytes);
    var head = new byte[Striping.FILE_HEADER_BYTES];
    for (var want = checker.next(); want != null; want = checker.next()) {
      if (want.offset() == 0) {
        int there = Math.min(copy.bytes.length, ShardHeader.BYTES);
        System.arraycopy(copy.bytes, 0, head, 0, there);
        checker.accept(head, 0, there == ShardHeader.BYTES ? head.length : there);
      } else {
        int from = (int) Math.min(PackRecord.offset(want.offset()), copy.bytes.length);
        checker.accept(copy.bytes, from, Math.min(want.length(), copy.bytes.length - from));
      }
    }
    var report = checker.report();
    var layout = report.header();
    var found = Finding.of(path, copy.place, fileBytes, report, layout, copy.bytes.length);
    return found.evidence() == Evidence.HEALTHY && !copy.footerSha256.equals(report.footerSha256())
        ? Finding.otherFooter(found, copy.place, Depth.FORENSIC)
        : found;
  }

  private Future<?> write() {
    var sound = copies.stream().filter(Copy::isSound).toList();
    if (sound.isEmpty()) {
      return Future.succeededFuture();
    }
    CrashPoint.COMPACT_READ.pass();
    var records =
        sound.stream()
            .map(copy -> new ShardRecord(copy.name.path(), Payload.of(copy.bytes)))
            .toList();
    return writer
        .apply(new WriteRecords(question.incarnation(), records))
        .onSuccess(written -> {
          for (int i = 0; i < sound.size(); i++) {
            sound.get(i).written = written.get(i);
          }
          CrashPoint.COMPACT_COPIED.pass();
        });
  }

  private static RecordCopied told(Copy copy) {
    var unread = copy.unread;
    if (unread != null) {
      boolean gone = unread.is(FailureCode.NOT_FOUND);
      return new RecordCopied(
          null, gone ? Evidence.MISSING : Evidence.UNREACHABLE, false, unread.text());
    }
    var finding = copy.finding;
    var written = copy.written;
    if (finding == null || written == null) {
      return finding == null
          ? new RecordCopied(null, Evidence.UNKNOWN, false, "not looked at")
          : new RecordCopied(null, finding.evidence(), finding.manifestOnly(), finding.detail());
    }
    return new RecordCopied(
        written.packed(),
        Evidence.HEALTHY,
        false,
        written.failedCode() == null ? null : written.failedCode() + ": " + written.failedText());
  }
}
