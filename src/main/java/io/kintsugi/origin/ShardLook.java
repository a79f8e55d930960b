package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Footer;
import io.kintsugi.format.Names;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.format.ShardChecker;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.ShardReport;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A look at one shard where it lies. It holds one window of its bytes, and no thread while it
/// waits for its pace.
final class ShardLook {
  private static final byte[] NOTHING = new byte[0];

  private final Origin origin;
  private final ShardName name;
  private final OpenShard shard;
  private final @Nullable Packed packed;
  private final long sizeBytes;
  private final Depth depth;
  private final Pace pace;
  private ShardChecker checker;
  private @Nullable ShardHeader told;
  private byte[] window = NOTHING;
  private long windowOffset;
  private int windowAsked;
  private int windowBytes;
  private long readBytes;

  private ShardLook(
      Origin origin,
      ShardName name,
      @Nullable Packed packed,
      OpenShard shard,
      Depth depth,
      Pace pace) {
    this.origin = origin;
    this.name = name;
    this.packed = packed;
    this.shard = shard;
    this.sizeBytes = shard.sizeBytes();
    this.depth = depth;
    this.pace = pace;
    checker = checker(ShardChecker.Expected.of(name));
  }

  /// Looks at a file; an error of the place is a finding, not a failure.
  static Future<ShardFinding> at(Origin origin, ShardName name, Depth depth, Pace pace) {
    return at(origin, name, null, depth, pace);
  }

  /// Looks; an error of the place is a finding, not a failure.
  ///
  /// @param packed null: a file of its own
  static Future<ShardFinding> at(
      Origin origin, ShardName name, @Nullable Packed packed, Depth depth, Pace pace) {
    var found =
        depth == Depth.QUICK
            ? origin.open(() -> bySize(origin.driver(), name, packed), _ -> {})
            : OpenShard.toLookAt(origin, name.path(), packed)
                .compose(shard -> new ShardLook(origin, name, packed, shard, depth, pace).run());
    return found.recover(cause -> unread(origin, name.path(), packed, cause));
  }

  private static ShardFinding bySize(Driver driver, ShardName name, @Nullable Packed packed)
      throws DriverException {
    return packed == null
        ? Finding.ofSize(name.path(), driver.sizeOf(name.path()))
        : Finding.ofSize(name.path(), packed, driver.sizeOf(packed.pack()));
  }

  private static Future<ShardFinding> unread(
      Origin origin, String path, @Nullable Packed packed, Throwable cause) {
    var failure = origin.fail(Operation.READ, cause);
    var missing = packed == null ? "no such name" : "no pack " + packed.pack();
    return Failures.fault(cause) instanceof Fault.NotFound
        ? origin.isStillOurs().map(ours -> Finding.absent(path, missing, ours))
        : failure.is(FailureCode.INTERNAL_ERROR)
            ? Future.failedFuture(cause)
            : Future.succeededFuture(Finding.unreachable(path, failure.text()));
  }

  private ShardChecker checker(ShardChecker.Expected expected) {
    return new ShardChecker(Finding.reading(depth), expected, origin.keys(), sizeBytes);
  }

  private Future<ShardFinding> run() {
    return check()
        .compose(report ->
            report.header() == null && report.depth().readsBlocks() && told == null
                ? retryByFooter(report)
                : Future.succeededFuture(report))
        .map(report ->
            Finding.of(
                name.path(),
                packed,
                sizeBytes,
                report,
                report.header() == null ? told : report.header(),
                readBytes))
        // A read that went wrong may still be under way, into the window.
        .onSuccess(_ -> origin.windows.giveBack(window))
        .onComplete(_ -> shard.release().run());
  }

  /// Without a header nobody knows where blocks begin and end; a sound footer tells it too, and
  /// then it can be said whether the header alone is lost.
  private Future<ShardReport> retryByFooter(ShardReport first) {
    long offset = Math.max(0, sizeBytes - Footer.MAX_BYTES);
    return read(offset, (int) (sizeBytes - offset))
        .compose(tail -> {
          told = headerByFooter(tail);
          if (told == null) {
            return Future.succeededFuture(first);
          }
          checker = checker(ShardChecker.Expected.of(told));
          return check();
        });
  }

  private @Nullable ShardHeader headerByFooter(byte[] tail) {
    if (tail.length <= Footer.TRAILER_BYTES) {
      return null;
    }
    long json = ByteBuffer.wrap(tail).getInt(tail.length - Footer.TRAILER_BYTES) & 0xFFFFFFFFL;
    long length = json + Footer.TRAILER_BYTES;
    if (length > tail.length
        || !(Footer.decode(tail, (int) (tail.length - length), (int) length, origin.keys())
            instanceof Footer.Decoded.Ok(var manifest))) {
      return null;
    }
    var draft = manifest.draft();
    boolean fits = draft.writeId().equals(name.writeId()) && name.index() < draft.geometry().n();
    return fits ? draft.header(name.index()) : null;
  }

  private Future<ShardReport> check() {
    Promise<ShardReport> checked = Promise.promise();
    step(checked);
    return checked.future();
  }

  private void step(Promise<ShardReport> checked) {
    var want = checker.next();
    if (want == null) {
      checked.complete(checker.report());
      return;
    }
    int length =
        depth == Depth.NORMAL
            ? want.length()
            : (int) Math.max(want.length(), Math.min(Windows.BYTES, sizeBytes - want.offset()));
    if (window.length < length) {
      window = origin.windows.take(length);
    }
    readInto(window, want.offset(), length)
        .compose(bytes -> {
          windowBytes = bytes;
          windowOffset = want.offset();
          windowAsked = length;
          return origin.world().compute(this::judge);
        })
        .compose(_ -> rest())
        .onSuccess(_ -> step(checked))
        .onFailure(checked::fail);
  }

  /// Hands over all that the window holds, and what the file has not; runs off the event loop.
  private boolean judge() {
    long end = windowOffset + windowBytes;
    // A file that became shorter while it was looked at ends here too.
    boolean atEnd = end >= sizeBytes || windowBytes < windowAsked;
    var want = checker.next();
    while (want != null && (want.offset() + want.length() <= end || atEnd)) {
      long from = want.offset() - windowOffset;
      int have = (int) Math.max(0, Math.min(want.length(), end - want.offset()));
      checker.accept(window, (int) Math.min(from, windowBytes), have);
      want = checker.next();
      if (want != null && want.offset() < windowOffset) {
        throw new IllegalStateException("wants do not rise");
      }
    }
    return true;
  }

  private Future<Void> rest() {
    long delay = pace.delayMillis(windowBytes, origin.world().nanos());
    if (delay <= 0) {
      return Future.succeededFuture();
    }
    Promise<Void> rested = Promise.promise();
    origin.world().after(Duration.ofMillis(delay), rested::complete);
    return rested.future();
  }

  private Future<byte[]> read(long offset, int length) {
    var bytes = new byte[length];
    return readInto(bytes, offset, length)
        .map(read -> read == length ? bytes : Arrays.copyOf(bytes, read));
  }

  private Future<Integer> readInto(byte[] bytes, long offset, int length) {
    return origin
        .run(() -> shard.file().read(ByteBuffer.wrap(bytes, 0, length), offset))
        .onSuccess(read -> readBytes += read);
  }

  /// The name that a question asks about.
  static ShardName parse(String path) {
    return Names.parse(path)
        .orElseThrow(() -> Failure.of(FailureCode.INVALID_REQUEST, "not a shard's name: " + path));
  }
}
