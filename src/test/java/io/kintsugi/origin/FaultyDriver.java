package io.kintsugi.origin;

import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.driver.LocalDriver;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A real folder on which writes, reads and openings can be made to fail or hang.
final class FaultyDriver extends ForwardingDriver {
  volatile @Nullable Fault onWrite;
  volatile @Nullable Fault onRead;
  volatile @Nullable Fault onFolderFlush;
  volatile @Nullable CountDownLatch hangOnRead;
  volatile boolean readOnly;
  volatile long freeBytes = -1;
  volatile boolean appends = true;
  volatile @Nullable CountDownLatch hangOnFlush;

  /// One for each flush of a pack to come, until there are no more.
  final Queue<Fault> onFlush = new ConcurrentLinkedQueue<>();

  final AtomicInteger folderFlushes = new AtomicInteger();

  /// One for each flush of a file to come, until there are no more.
  final Queue<Fault> onFileFlush = new ConcurrentLinkedQueue<>();

  final AtomicInteger fileFlushes = new AtomicInteger();

  /// Small files, such as the marker, hang.
  volatile @Nullable CountDownLatch hangOnSmall;

  /// Each read takes so much longer.
  volatile long readDelayMillis;

  /// One for each listing to come, until there are no more.
  final Queue<Fault> onList = new ConcurrentLinkedQueue<>();

  final AtomicInteger lists = new AtomicInteger();

  private final AtomicInteger hanging = new AtomicInteger();

  /// Reads of this position of any file fail; -1 for none.
  volatile long badSpot = -1;

  /// Flushes of packs, packs made and closed, and files opened for reading.
  final AtomicInteger flushes = new AtomicInteger();

  final AtomicInteger created = new AtomicInteger();
  final AtomicInteger closed = new AtomicInteger();
  final AtomicInteger opened = new AtomicInteger();
  final AtomicInteger reads = new AtomicInteger();

  /// Files that were open for reading, and were closed since.
  final AtomicInteger closedReads = new AtomicInteger();

  /// Those of them that a thread was reading just then.
  final AtomicInteger closedUnderWay = new AtomicInteger();

  FaultyDriver(Path root) {
    super(new LocalDriver(root));
  }

  private static void raise(@Nullable Fault fault) throws DriverException {
    if (fault != null) {
      throw new DriverException(fault);
    }
  }

  /// Until a thread hangs.
  void awaitHanging() {
    while (hanging.get() == 0) {
      Thread.onSpinWait();
    }
  }

  /// Until so many files that were read are closed.
  void awaitClosedReads(int count) {
    while (closedReads.get() < count) {
      Thread.onSpinWait();
    }
  }

  private void await(@Nullable CountDownLatch latch) {
    if (latch != null) {
      hanging.incrementAndGet();
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        hanging.decrementAndGet();
      }
    }
  }

  @Override
  public List<String> list(String folder) throws DriverException {
    lists.incrementAndGet();
    raise(onRead);
    raise(onList.poll());
    return super.list(folder);
  }

  @Override
  public Writing createNew(String name, long sizeBytes) throws DriverException {
    var file = super.createNew(name, sizeBytes);
    return new Writing() {
      @Override
      public void write(ByteBuffer bytes) throws DriverException {
        raise(onWrite);
        file.write(bytes);
      }

      @Override
      public void flushAhead() throws DriverException {
        flush();
      }

      @Override
      public void flush() throws DriverException {
        fileFlushes.incrementAndGet();
        raise(onWrite);
        raise(onFileFlush.poll());
        file.flush();
      }

      @Override
      public void close() throws DriverException {
        file.close();
      }
    };
  }

  @Override
  public boolean canAppend() {
    return appends;
  }

  @Override
  public Appending createAppending(String name) throws DriverException {
    raise(onWrite);
    var file = super.createAppending(name);
    created.incrementAndGet();
    return new Appending() {
      @Override
      public void write(ByteBuffer bytes, long position) throws DriverException {
        raise(onWrite);
        file.write(bytes, position);
      }

      @Override
      public void flush() throws DriverException {
        await(hangOnFlush);
        flushes.incrementAndGet();
        raise(onWrite);
        raise(onFlush.poll());
        file.flush();
      }

      @Override
      public void close() throws DriverException {
        closed.incrementAndGet();
        file.close();
      }
    };
  }

  @Override
  public Reading openRead(String name) throws DriverException {
    return open(() -> super.openRead(name));
  }

  @Override
  public Reading openUncached(String name) throws DriverException {
    return open(() -> super.openUncached(name));
  }

  private void delay() {
    long until = System.nanoTime() + readDelayMillis * 1_000_000;
    while (System.nanoTime() - until < 0) {
      Thread.onSpinWait();
    }
  }

  private interface Open {
    Reading call() throws DriverException;
  }

  private Reading open(Open how) throws DriverException {
    raise(onRead);
    opened.incrementAndGet();
    var file = how.call();
    var underWay = new AtomicInteger();
    return new Reading() {
      @Override
      public long sizeBytes() throws DriverException {
        return file.sizeBytes();
      }

      @Override
      public int read(ByteBuffer target, long position) throws DriverException {
        reads.incrementAndGet();
        underWay.incrementAndGet();
        try {
          await(hangOnRead);
          delay();
          raise(onRead);
          if (badSpot >= position && badSpot < position + target.remaining()) {
            raise(new Fault.Io("x", "Input/output error"));
          }
          return file.read(target, position);
        } finally {
          underWay.decrementAndGet();
        }
      }

      @Override
      public void close() throws DriverException {
        if (underWay.get() > 0) {
          closedUnderWay.incrementAndGet();
        }
        file.close();
        closedReads.incrementAndGet();
      }
    };
  }

  @Override
  public void flushFolder(String folder) throws DriverException {
    folderFlushes.incrementAndGet();
    raise(onFolderFlush);
    super.flushFolder(folder);
  }

  @Override
  public byte[] readSmall(String name, int maxBytes) throws DriverException {
    await(hangOnSmall);
    raise(onRead);
    return super.readSmall(name, maxBytes);
  }

  @Override
  public void createSmall(String name, byte[] content) throws DriverException {
    raise(onWrite);
    super.createSmall(name, content);
  }

  @Override
  public void remove(String name) throws DriverException {
    raise(onWrite);
    super.remove(name);
  }

  @Override
  public Space space() throws DriverException {
    var space = super.space();
    return freeBytes < 0 ? space : new Space(space.totalBytes(), freeBytes, space.freeInodes());
  }

  @Override
  public boolean isWritable(String folder) throws DriverException {
    return !readOnly && super.isWritable(folder);
  }
}
