package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.driver.Driver;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardChecker;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.ShardVerdict;
import io.kintsugi.format.Striping;
import io.kintsugi.origin.PackLook.Expected;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the expected shards of a pack from its beginning to its end, in large pieces, and names
/// those that are not beyond doubt. It holds one piece, and no thread while it waits for its pace.
final class PackSweep {
  private static final int PIECE_BYTES = 1 << 20;

  /// Reading over what nobody wants is quicker than leaving it out, up to this size.
  private static final int BRIDGE_BYTES = 32 * 1024;

  private final Origin origin;
  private final Driver.Reading pack;
  private final List<Expected> records;
  private final Depth depth;
  private final Pace pace;
  private final List<Expected> doubtful = new ArrayList<>();
  private final byte[] head = new byte[Striping.FILE_HEADER_BYTES];
  private long packBytes;
  private int at;
  private @Nullable ShardChecker checker;
  private byte[] piece = new byte[0];
  private long pieceOffset;
  private int pieceBytes;
  private long wantedOffset;
  private int wantedBytes;
  private long readBytes;

  PackSweep(
      Origin origin,
      Driver.Reading pack,
      long packBytes,
      List<Expected> records,
      Depth depth,
      Pace pace) {
    this.origin = origin;
    this.pack = pack;
    this.packBytes = packBytes;
    this.records = records;
    this.depth = depth;
    this.pace = pace;
  }

  long readBytes() {
    return readBytes;
  }

  /// Done with what is to be looked at closer, by their order. Fails only if the place hangs.
  Future<List<Expected>> run() {
    Promise<Boolean> done = Promise.promise();
    judge(done);
    return done.future().map(_ -> doubtful);
  }

  private void judge(Promise<Boolean> done) {
    origin
        .world()
        .compute(this::judgePiece)
        .onFailure(done::fail)
        .onSuccess(more -> {
          if (more) {
            read(done);
          } else {
            done.complete(true);
          }
        });
  }

  private void read(Promise<Boolean> done) {
    int length = pieceLength();
    if (piece.length < length) {
      piece = new byte[length];
    }
    var target = piece;
    long offset = wantedOffset;
    origin
        .run(() -> pack.read(ByteBuffer.wrap(target, 0, length), offset))
        .onSuccess(read -> {
          pieceOffset = offset;
          pieceBytes = read;
          readBytes += read;
          if (read < length) {
            // It became shorter since it was opened.
            packBytes = offset + read;
          }
          rest(read, () -> judge(done));
        })
        .onFailure(cause -> {
          if (Failures.fault(cause) == null) {
            done.fail(cause);
          } else {
            // One bad spot must not hide what is around it.
            origin.fail(Operation.WRITE, cause);
            skip(offset + length);
            judge(done);
          }
        });
  }

  private void rest(int bytes, Runnable next) {
    long delay = pace.delayMillis(bytes, origin.world().nanos());
    if (delay <= 0) {
      next.run();
    } else {
      origin.world().after(Duration.ofMillis(delay), next);
    }
  }

  /// Whatever touches a piece that could not be read is looked at alone.
  private void skip(long end) {
    pieceBytes = 0;
    checker = null;
    do {
      doubtful.add(records.get(at++));
    } while (at < records.size() && records.get(at).place().offset() < end);
  }

  /// From what is wanted next on, over the neighbours.
  private int pieceLength() {
    long end = wantedOffset + wantedBytes;
    long limit = Math.min(packBytes, wantedOffset + PIECE_BYTES);
    for (int i = at; i < records.size() && end < limit; i++) {
      var place = records.get(i).place();
      if (place.offset() - end > BRIDGE_BYTES || !isReadWhole(place.sizeBytes())) {
        break;
      }
      end = Math.max(end, place.offset() + place.sizeBytes());
    }
    return (int) (Math.max(wantedOffset + wantedBytes, Math.min(end, limit)) - wantedOffset);
  }

  private boolean isReadWhole(long recordBytes) {
    return depth != Depth.NORMAL || recordBytes <= BRIDGE_BYTES;
  }

  /// Judges all that the piece holds; answers whether more is wanted. Runs off the event loop.
  private boolean judgePiece() {
    while (at < records.size()) {
      var record = records.get(at);
      var place = record.place();
      long present = Math.clamp(packBytes - place.offset(), 0, place.sizeBytes());
      var check = checker;
      if (check == null) {
        check = checker(record, present);
        checker = check;
      }
      var want = check.next();
      if (want == null) {
        var report = check.report();
        boolean sound =
            report.verdict() == ShardVerdict.HEALTHY
                && record.footerSha256().equals(report.footerSha256());
        if (!sound) {
          doubtful.add(record);
        }
        checker = null;
        at++;
      } else if (!accept(check, want, place.offset(), present)) {
        return true;
      }
    }
    return false;
  }

  private ShardChecker checker(Expected record, long presentBytes) {
    return new ShardChecker(
        Finding.reading(depth),
        ShardChecker.Expected.of(record.name()),
        origin.keys(),
        PackRecord.fileBytes(presentBytes));
  }

  /// Hands over what is wanted; answers whether the piece had it.
  private boolean accept(ShardChecker check, ShardChecker.Want want, long place, long present) {
    boolean isHead = want.offset() == 0;
    long from = PackRecord.offset(want.offset());
    int length = isHead ? ShardHeader.BYTES : want.length();
    int there = Math.clamp(present - from, 0, length);
    long start = place + from - pieceOffset;
    if (there > 0 && (start < 0 || start + there > pieceBytes)) {
      wantedOffset = place + from;
      wantedBytes = there;
      return false;
    }
    int begin = there == 0 ? 0 : (int) start;
    if (!isHead) {
      check.accept(piece, begin, there);
      return true;
    }
    System.arraycopy(piece, begin, head, 0, there);
    check.accept(head, 0, there == ShardHeader.BYTES ? head.length : there);
    return true;
  }
}
