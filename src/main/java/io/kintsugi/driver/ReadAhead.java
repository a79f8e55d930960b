package io.kintsugi.driver;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads a file on a server in pieces, several of which are on their way at once. Where the reader
/// said what he will read, pieces go on coming while he is busy with what he has.
///
/// @param <Q> a question that was sent and not answered yet
final class ReadAhead<Q> {
  /// Readings that run ahead at a time, of one driver; others ask for no more than is read just
  /// now.
  static final int RUNS = 16;

  /// Of one file open on a server.
  interface Server<Q> {
    Q ask(long position, int lengthBytes) throws DriverException;

    /// What it answers, from that position on: fewer bytes than were asked for may come in the
    /// middle of a file too, none only at its end.
    ByteBuffer answer(Q question) throws DriverException;

    /// Nobody wants the answer any more.
    ///
    /// @return false if nothing need be said of others either
    boolean drop(Q question);
  }

  /// @param pieceBytes of one question at most
  /// @param pieces on their way at once
  record Window(int pieceBytes, int pieces) {}

  private record Wish(long from, long to) {}

  private record Piece<Q>(Q question, long position, int lengthBytes) {}

  private final Server<Q> server;
  private final Window window;
  private final Semaphore runs;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Run run;
  private @Nullable Wish wish;

  /// @param runs one for each reading that may run ahead, shared by all files of a driver
  ReadAhead(Server<Q> server, Window window, Semaphore runs) {
    this.server = server;
    this.window = window;
    this.runs = runs;
  }

  /// All that lies between two positions will be read soon, in order. Does not wait: nothing is
  /// asked for before the first of it is read.
  void expect(long from, long to) {
    if (!lock.tryLock()) {
      return;
    }
    try {
      boolean worth = to - from > window.pieceBytes();
      var old = run;
      if (old != null) {
        wish = worth ? new Wish(from, to) : null;
      } else if (worth && runs.tryAcquire()) {
        run = new Run(from, to);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Takes up what was said while other pieces were on their way.
  private @Nullable Run current() {
    var next = wish;
    if (next != null) {
      wish = null;
      drop();
      if (runs.tryAcquire()) {
        run = new Run(next.from(), next.to());
      }
    }
    return run;
  }

  /// Fills the buffer; fewer bytes mean that the file ends there.
  int read(ByteBuffer target, long position) throws DriverException {
    if (lock.tryLock()) {
      try {
        var expected = current();
        if (expected != null && expected.at == position) {
          return readOn(expected, target);
        }
      } finally {
        lock.unlock();
      }
    }
    var once = new Run(position, position + target.remaining());
    try {
      return once.read(target);
    } finally {
      once.drop();
    }
  }

  private int readOn(Run expected, ByteBuffer target) throws DriverException {
    boolean done = false;
    try {
      int length = expected.read(target);
      if (expected.at < expected.end) {
        expected.ask();
        done = true;
      }
      return length;
    } finally {
      if (!done) {
        drop();
      }
    }
  }

  /// Lets go of what was asked for and not read.
  void close() {
    lock.lock();
    try {
      drop();
    } finally {
      lock.unlock();
    }
  }

  private void drop() {
    var old = run;
    run = null;
    if (old != null) {
      runs.release();
      old.drop();
    }
  }

  /// Pieces that follow each other.
  private final class Run {
    private final Deque<Piece<Q>> asked = new ArrayDeque<>();

    /// Answered, and not given out yet.
    private ByteBuffer rest = ByteBuffer.allocate(0);

    /// What is given out next.
    private long at;

    /// What is asked for next.
    private long next;

    private long end;

    Run(long from, long to) {
      at = from;
      next = from;
      end = to;
    }

    void ask() throws DriverException {
      while (next < end && asked.size() < window.pieces()) {
        int length = (int) Math.min(window.pieceBytes(), end - next);
        asked.add(new Piece<>(server.ask(next, length), next, length));
        next += length;
      }
    }

    int read(ByteBuffer target) throws DriverException {
      int start = target.position();
      while (target.hasRemaining() && at < end) {
        if (!rest.hasRemaining()) {
          ask();
          rest = answer();
          if (!rest.hasRemaining()) {
            end = at;
          }
        }
        int length = Math.min(rest.remaining(), target.remaining());
        target.put(rest.slice(rest.position(), length));
        rest.position(rest.position() + length);
        at += length;
      }
      return target.position() - start;
    }

    private ByteBuffer answer() throws DriverException {
      var piece = asked.remove();
      var bytes = answer(piece.question());
      int missing = piece.lengthBytes() - bytes.remaining();
      if (bytes.hasRemaining() && missing > 0) {
        long from = piece.position() + bytes.remaining();
        asked.addFirst(new Piece<>(server.ask(from, missing), from, missing));
      }
      return bytes;
    }

    private ByteBuffer answer(Q question) throws DriverException {
      try {
        return server.answer(question);
      } catch (DriverException e) {
        if (LinkPool.isBroken(e.fault())) {
          // The others will not be answered either.
          asked.clear();
        }
        throw e;
      }
    }

    void drop() {
      while (!asked.isEmpty() && server.drop(asked.remove().question())) {}
      asked.clear();
    }
  }
}
