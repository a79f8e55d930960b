package io.kintsugi.origin;

import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.format.PackName;
import io.kintsugi.format.PackRecord;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A shard that is open for reading: in a file of its own, or in a pack as if it were one.
///
/// @param ahead bytes that were read by the thread that opened it; null if none were asked for
/// @param release to be called once, on the verticle's context, when nobody reads any more
record OpenShard(Driver.Reading file, long sizeBytes, @Nullable Buffer ahead, Runnable release) {
  private record Found(
      Driver.Reading file, Driver.Reading shard, long sizeBytes, @Nullable Buffer ahead) {
    OpenShard opened(Runnable release) {
      return new OpenShard(shard, sizeBytes, ahead, release);
    }
  }

  /// Refuses what cannot be the place of a shard.
  static void requirePlace(Packed packed) {
    if (PackName.parse(packed.pack()).isEmpty()
        || !PackRecord.isPlace(packed.offset(), packed.sizeBytes())) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "not a place in a pack: " + packed);
    }
  }

  /// Reads ahead so many bytes from an offset; none if 0.
  record Ahead(long offset, int lengthBytes) {
    static final Ahead NOTHING = new Ahead(0, 0);
  }

  static Future<OpenShard> ofFile(Origin origin, String name) {
    return origin
        .open(() -> whole(origin.driver().openRead(name)), late -> origin.release(late.file()))
        .map(found -> found.opened(() -> origin.release(found.file())));
  }

  /// Opens what the disk has now, whatever is open or remembered already.
  ///
  /// @param packed null: a file of its own
  static Future<OpenShard> toLookAt(Origin origin, String name, @Nullable Packed packed) {
    var driver = origin.driver();
    return origin
        .open(
            () ->
                packed == null
                    ? whole(driver.openUncached(name))
                    : part(driver.openUncached(packed.pack()), packed, Ahead.NOTHING),
            late -> origin.release(late.file()))
        .map(found -> found.opened(() -> origin.release(found.file())));
  }

  /// Uses a pack that is open, if it is, and reads the first bytes that are wanted on the way.
  static Future<OpenShard> lent(Origin origin, PackHandles handles, Packed packed, Ahead ahead) {
    var handle = handles.lend(packed.pack());
    if (handle != null) {
      return origin
          .open(() -> read(handle.file(), packed, ahead), _ -> {})
          .map(found -> found.opened(() -> handles.giveBack(handle)))
          .onFailure(_ -> {
            handles.forget(handle);
            handles.giveBack(handle);
          });
    }
    int place = handles.place();
    return origin
        .open(
            () -> part(origin.driver().openRead(packed.pack()), packed, ahead),
            late -> origin.release(late.file()))
        .map(found -> {
          var kept = handles.keep(packed.pack(), found.file(), place);
          return found.opened(() -> handles.giveBack(kept));
        });
  }

  /// Reads what is there of a range; blocks.
  Buffer read(long offset, int lengthBytes) throws DriverException {
    return read(file, offset, lengthBytes);
  }

  private static Buffer read(Driver.Reading file, long offset, int lengthBytes)
      throws DriverException {
    var bytes = new byte[lengthBytes];
    int read = file.read(ByteBuffer.wrap(bytes), offset);
    return Buffer.buffer(lengthBytes).appendBytes(bytes, 0, read);
  }

  private static Found whole(Driver.Reading file) throws DriverException {
    try {
      return new Found(file, file, file.sizeBytes(), null);
    } catch (DriverException e) {
      file.close();
      throw e;
    }
  }

  private static Found part(Driver.Reading pack, Packed packed, Ahead ahead)
      throws DriverException {
    try {
      return read(pack, packed, ahead);
    } catch (DriverException e) {
      pack.close();
      throw e;
    }
  }

  private static Found read(Driver.Reading pack, Packed packed, Ahead ahead)
      throws DriverException {
    var shard = PackedReading.of(pack, packed.offset(), packed.sizeBytes());
    int length =
        (int) Math.clamp(shard.sizeBytes() - ahead.offset(), 0, (long) ahead.lengthBytes());
    var bytes = length == 0 ? null : read(shard, ahead.offset(), length);
    return new Found(pack, shard, shard.sizeBytes(), bytes);
  }
}
