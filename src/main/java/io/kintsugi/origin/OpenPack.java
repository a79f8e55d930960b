package io.kintsugi.origin;

import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.PackName;
import io.kintsugi.format.PackRecord;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.session.WriteSession;
import java.nio.ByteBuffer;
import java.util.List;

/// The one pack that grows. Its places are given away on the verticle's context; its bytes are
/// written by one thread at a time.
final class OpenPack {
  /// Nothing more goes into a pack that it would make longer than this.
  static final long MAX_BYTES = 64L << 20;

  /// Records are gathered up to this size before the operating system is asked.
  private static final int STAGING_BYTES = 1 << 20;

  /// A record and its place.
  record Placed(WaitingRecord record, Packed place) {}

  private final String name;
  private final WriteSession.Hold hold;
  private final Driver driver;
  private final Driver.Appending file;
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
  private long endOffset;

  private OpenPack(String name, WriteSession.Hold hold, Driver driver, Driver.Appending file) {
    this.name = name;
    this.hold = hold;
    this.driver = driver;
    this.file = file;
  }

  /// Makes the next pack of a session, its name flushed, and that of its folder, which it may just
  /// have made; blocks.
  static OpenPack create(Driver driver, WriteSession.Hold hold) throws DriverException {
    var id = hold.first();
    var name = new PackName(id.session(), id.counter()).path();
    var file = driver.createAppending(name);
    try {
      driver.flushFolder(PackName.FOLDER);
      driver.flushFolder("");
      CrashPoint.PACK_CREATED.pass();
    } catch (DriverException e) {
      file.close();
      throw e;
    }
    return new OpenPack(name, hold, driver, file);
  }

  String name() {
    return name;
  }

  WriteSession.Hold hold() {
    return hold;
  }

  Driver.Appending file() {
    return file;
  }

  boolean hasRoomFor(long recordBytes) {
    return endOffset + recordBytes <= MAX_BYTES;
  }

  /// The next free place; it is never given away again.
  Placed place(WaitingRecord record) {
    long offset = endOffset;
    endOffset = PackRecord.aligned(offset + record.sizeBytes());
    return new Placed(record, new Packed(name, offset, record.sizeBytes()));
  }

  /// Writes records that lie one behind the other, and flushes them; blocks. Closes the file if
  /// that fails: nothing more may be told of this pack then.
  void append(List<Placed> batch) throws DriverException {
    boolean done = false;
    try {
      long end = write(batch);
      CrashPoint.PACK_WRITTEN.pass();
      file.flush();
      CrashPoint.PACK_FLUSHED.pass();
      // A disk that was taken away still takes the bytes of a file that is open.
      if (driver.sizeOf(name) < end) {
        throw new DriverException(new Fault.Io(name, "not found under its name after a flush"));
      }
      done = true;
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  private long write(List<Placed> batch) throws DriverException {
    long at = batch.getFirst().place().offset();
    staging.clear();
    for (var placed : batch) {
      var bytes = placed.record().bytes().view();
      while (bytes.hasRemaining()) {
        at = drainIfFull(at);
        int length = Math.min(bytes.remaining(), staging.remaining());
        staging.put(bytes.slice(bytes.position(), length));
        bytes.position(bytes.position() + length);
      }
      for (long zero = placed.place().sizeBytes(); zero % PackRecord.ALIGN_BYTES != 0; zero++) {
        at = drainIfFull(at);
        staging.put((byte) 0);
      }
    }
    return drain(at);
  }

  private long drainIfFull(long at) throws DriverException {
    return staging.hasRemaining() ? at : drain(at);
  }

  private long drain(long at) throws DriverException {
    int length = staging.flip().remaining();
    file.write(staging, at);
    staging.clear();
    return at + length;
  }
}
