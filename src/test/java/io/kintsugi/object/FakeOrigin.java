package io.kintsugi.object;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.ReadShard;
import io.kintsugi.contract.OriginContract.RecordWritten;
import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.ShardOpened;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.contract.OriginContract.ShardWritten;
import io.kintsugi.contract.OriginContract.VerifyShard;
import io.kintsugi.contract.OriginContract.WriteRecords;
import io.kintsugi.contract.OriginContract.WriteShard;
import io.kintsugi.contract.Packed;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardChecker;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Blobs;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// An origin that keeps its shards in memory and can be told to misbehave.
final class FakeOrigin {
  private static final int PIECE_BYTES = 100_000;

  enum Fault {
    NONE,
    WRITE_REFUSED,
    FULL,
    /// Takes the question and nothing else.
    WRITE_HANGS,
    /// Takes one buffer and then no more.
    WRITE_STALLS,
    /// Takes every byte and never says that it flushed them.
    FLUSH_HANGS,
    /// Breaks off in mid-stream.
    WRITE_BREAKS,
    GONE,
    UNREACHABLE,
    READ_HANGS,
    /// Sends a little, and then nothing.
    READ_STALLS,
    /// Sends a little, and then fails.
    READ_BREAKS
  }

  final String id;
  final String incarnation;
  final Map<String, Buffer> files = new ConcurrentHashMap<>();

  /// Where those of the files lie that share one.
  final Map<String, Packed> records = new ConcurrentHashMap<>();

  /// How many records each question brought.
  final List<Integer> questions = new CopyOnWriteArrayList<>();

  final AtomicInteger reads = new AtomicInteger();

  /// Reads that have not ended.
  final AtomicInteger open = new AtomicInteger();

  final AtomicLong sentBytes = new AtomicLong();
  volatile Fault fault = Fault.NONE;
  volatile boolean placed = true;

  /// Whether small shards share files here.
  volatile boolean packs = true;

  volatile long flushMillis = 1;

  /// Fails the next record, alone among its company.
  volatile boolean failsNextRecord;

  volatile String health = "healthy";

  /// Whatever is looked at is damaged.
  volatile boolean readsBackWrong;

  private final World world;
  private long packBytes;

  FakeOrigin(World world, int number) {
    this.world = world;
    id = "disk-" + number;
    incarnation = "%016x".formatted(0xabcdef00L + number);
  }

  void answer() {
    world.bus().answer(OriginContract.WRITE_SHARD.at(id), this::write);
    world.bus().answer(OriginContract.WRITE_RECORDS.at(id), this::write);
    world.bus().answer(OriginContract.READ_SHARD.at(id), this::read);
    world.bus().answer(OriginContract.VERIFY_SHARD.at(id), this::verify);
  }

  private Future<ShardFinding> verify(VerifyShard verify) {
    var file = files.get(verify.name());
    if (file == null) {
      return Future.failedFuture(Failure.of(FailureCode.NOT_FOUND, "no such shard"));
    }
    var expected = ShardChecker.Expected.of(Names.parse(verify.name()).orElseThrow());
    var report =
        ShardChecker.check(
            ShardChecker.Depth.DEEP, expected, KeyRing.of(House.KEY), file.getBytes());
    var verdict = readsBackWrong ? Evidence.CORRUPT : Evidence.valueOf(report.verdict().name());
    return Future.succeededFuture(
        new ShardFinding(
            verify.name(),
            file.length(),
            verdict,
            report.faults().toString(),
            false,
            false,
            report.footerSha256(),
            file.length()));
  }

  OriginRef ref() {
    return new OriginRef(id, incarnation);
  }

  OriginState state() {
    return new OriginState(
        id,
        "local",
        "/" + id,
        id,
        100,
        health,
        "ours",
        incarnation,
        true,
        1,
        1,
        1,
        1,
        1,
        0,
        Instant.EPOCH,
        null,
        null,
        List.of());
  }

  private Future<ShardWritten> write(WriteShard write) {
    return switch (fault) {
      case WRITE_REFUSED ->
          Future.failedFuture(Failure.of(FailureCode.UNAVAILABLE, id + " is not writable"));
      case FULL -> Future.failedFuture(Failure.of(FailureCode.STORAGE_ERROR, id + " is full"));
      case WRITE_HANGS -> Promise.<ShardWritten>promise().future();
      default -> receive(write);
    };
  }

  private Future<RecordsWritten> write(WriteRecords write) {
    questions.add(write.records().size());
    return switch (fault) {
      case WRITE_REFUSED ->
          Future.failedFuture(Failure.of(FailureCode.UNAVAILABLE, id + " is not writable"));
      case FULL ->
          Future.succeededFuture(
              new RecordsWritten(
                  write.records().stream()
                      .map(_ -> new RecordWritten(null, "STORAGE_ERROR", id + " is full"))
                      .toList()));
      case WRITE_HANGS, FLUSH_HANGS -> Promise.<RecordsWritten>promise().future();
      default -> {
        var written = new RecordsWritten(write.records().stream().map(this::keep).toList());
        Promise<RecordsWritten> flushed = Promise.promise();
        world.after(Duration.ofMillis(flushMillis), () -> flushed.complete(written));
        yield flushed.future();
      }
    };
  }

  /// Keeps a record as the file that it could have been.
  private RecordWritten keep(ShardRecord record) {
    if (failsNextRecord) {
      failsNextRecord = false;
      return new RecordWritten(null, "UNAVAILABLE", "this one not");
    }
    var bytes = Buffer.buffer(record.bytes().sizeBytes());
    var view = record.bytes().view();
    while (view.hasRemaining()) {
      bytes.appendByte(view.get());
    }
    if (!packs) {
      files.put(record.name(), asFile(bytes));
      return new RecordWritten(null, null, null);
    }
    var packed = new Packed("packs/" + incarnation + "-1", packBytes, bytes.length());
    packBytes += (bytes.length() + 63L) / 64 * 64;
    files.put(record.name(), asFile(bytes));
    records.put(record.name(), packed);
    return new RecordWritten(packed, null, null);
  }

  private static Buffer asFile(Buffer record) {
    return Buffer.buffer()
        .appendBuffer(record, 0, ShardHeader.BYTES)
        .appendBytes(new byte[Striping.FILE_HEADER_BYTES - ShardHeader.BYTES])
        .appendBuffer(record, ShardHeader.BYTES, record.length() - ShardHeader.BYTES);
  }

  private Future<ShardWritten> receive(WriteShard write) {
    Promise<ShardWritten> written = Promise.promise();
    var file = Buffer.buffer();
    var source = world.blobs().accept(write.body(), Blobs.SHARD_WINDOW_BYTES);
    source.exceptionHandler(written::tryFail);
    source.handler(bytes -> {
      file.appendBuffer(bytes);
      if (fault == Fault.WRITE_STALLS) {
        source.pause();
      } else if (fault == Fault.WRITE_BREAKS && file.length() > PIECE_BYTES) {
        var broken = Failure.of(FailureCode.UNAVAILABLE, id + " broke");
        source.cancel(broken);
        written.tryFail(broken);
      }
    });
    source.endHandler(_ -> {
      if (fault != Fault.FLUSH_HANGS) {
        files.put(write.name(), file);
        written.tryComplete(new ShardWritten(file.length()));
      }
    });
    return written.future();
  }

  private Future<ShardOpened> read(ReadShard read) {
    reads.incrementAndGet();
    if (fault == Fault.UNREACHABLE) {
      return Future.failedFuture(Failure.of(FailureCode.UNAVAILABLE, id + " is away"));
    }
    if (fault == Fault.READ_HANGS) {
      return Promise.<ShardOpened>promise().future();
    }
    var file = files.get(read.name());
    boolean elsewhere = !Objects.equals(read.packed(), records.get(read.name()));
    if (file == null
        || elsewhere
        || fault == Fault.GONE
        || !read.incarnation().equals(incarnation)) {
      return Future.failedFuture(Failure.of(FailureCode.NOT_FOUND, "none", "what", "shard"));
    }
    int from = (int) Math.min(read.offset(), file.length());
    int to = (int) Math.min(read.offset() + read.lengthBytes(), file.length());
    new Sending(file, from, to, read.into()).pump();
    return Future.succeededFuture(new ShardOpened(file.length()));
  }

  private final class Sending {
    private final Buffer file;
    private final int begin;
    private final int to;
    private final BlobSink sink;
    private int at;

    Sending(Buffer file, int from, int to, BlobTicket into) {
      this.file = file;
      this.begin = from;
      this.to = to;
      at = from;
      sink = world.blobs().connect(into);
      open.incrementAndGet();
      sink.done().onComplete(_ -> open.decrementAndGet());
    }

    void pump() {
      while (at < to && !sink.writeQueueFull() && !sink.done().isComplete()) {
        if (at > begin && fault == Fault.READ_STALLS) {
          return;
        }
        if (at > begin && fault == Fault.READ_BREAKS) {
          sink.abort(Failure.of(FailureCode.UNAVAILABLE, id + " broke"));
          return;
        }
        int end = Math.min(to, at + PIECE_BYTES);
        sink.write(Buffer.buffer(file.getBytes(at, end)));
        sentBytes.addAndGet(end - at);
        at = end;
      }
      if (sink.done().isComplete()) {
        return;
      }
      if (at == to) {
        sink.end();
      } else {
        sink.drainHandler(_ -> pump());
      }
    }
  }
}
