package io.kintsugi.driver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;

/// A file that is open on an SSH server. It stays with the connection that it was opened on: if
/// that breaks, the file is lost, and is opened anew by who still needs it.
final class SftpFile implements Driver.Opened {
  interface Deed {
    void call() throws IOException;
  }

  private final String name;
  private final LinkPool<SftpLink>.Lease lease;
  private final CloseableHandle handle;
  private final SftpPackets packets;

  SftpFile(String name, LinkPool<SftpLink>.Lease lease, CloseableHandle handle, Duration timeout) {
    this.name = name;
    this.lease = lease;
    this.handle = handle;
    packets = new SftpPackets(lease.connection().raw(), handle.getIdentifier(), timeout);
  }

  SftpLink link() {
    return lease.connection();
  }

  CloseableHandle handle() {
    return handle;
  }

  void perform(Deed deed) throws DriverException {
    try {
      deed.call();
    } catch (IOException e) {
      throw fault(e);
    }
  }

  private DriverException fault(IOException cause) {
    var exception = SftpFaults.exception(name, cause);
    if (exception.fault() instanceof Fault.Timeout && !lease.connection().isUsable()) {
      // What was being sent when the connection was closed is told by the library as too late.
      exception = new DriverException(new Fault.Disconnected(name, "closed"), cause);
    }
    if (LinkPool.isBroken(exception.fault())) {
      lease.discard();
    }
    return exception;
  }

  private int chunkBytes() {
    return lease.connection().chunkBytes();
  }

  private void sync() throws DriverException {
    var sync = lease.connection().sync();
    if (sync != null) {
      perform(() -> sync.fsync(handle));
    }
  }

  long sizeBytes() throws DriverException {
    try {
      return lease.connection().sftp().stat(handle).getSize();
    } catch (IOException e) {
      throw fault(e);
    }
  }

  @Override
  public void close() throws DriverException {
    try (lease) {
      if (lease.connection().isUsable()) {
        perform(handle::close);
      }
    }
  }

  /// Writes by position, with many packets on their way.
  static final class Writer {
    private final SftpFile file;
    private final SftpFaultWords words;
    private final Deque<Integer> questions = new ArrayDeque<>();

    Writer(SftpFile file, SftpFaultWords words) {
      this.file = file;
      this.words = words;
    }

    void write(ByteBuffer bytes, long position) throws DriverException {
      int chunk = file.chunkBytes();
      try {
        long at = position;
        while (bytes.hasRemaining()) {
          if (questions.size() >= SftpPackets.WINDOW_BYTES / chunk) {
            file.packets.awaitWrite(questions.remove());
          }
          int length = Math.min(chunk, bytes.remaining());
          questions.add(file.packets.sendWrite(at, bytes, length));
          at += length;
        }
      } catch (IOException e) {
        throw fail(e);
      }
    }

    /// Done when the server has, and where it can has flushed, all that was written.
    void flush() throws DriverException {
      settle();
      file.sync();
    }

    void settle() throws DriverException {
      try {
        while (!questions.isEmpty()) {
          file.packets.awaitWrite(questions.remove());
        }
      } catch (IOException e) {
        throw fail(e);
      }
    }

    /// The server says no more than that it failed, so it is asked what may be the matter.
    private DriverException fail(IOException cause) {
      var exception = file.fault(cause);
      return exception.fault() instanceof Fault.Io
          ? new DriverException(words.of(file.name, exception.fault()), cause)
          : exception;
    }

    /// What was not waited for is not known to be there.
    void close() throws DriverException {
      try {
        if (file.lease.connection().isUsable()) {
          settle();
        }
      } finally {
        file.close();
      }
    }
  }

  /// Finds out what a server meant that only said `Failure`.
  interface SftpFaultWords {
    Fault of(String name, Fault told);
  }

  static final class Sequential implements Driver.Writing {
    private final Writer writer;
    private long position;

    Sequential(Writer writer) {
      this.writer = writer;
    }

    @Override
    public void write(ByteBuffer bytes) throws DriverException {
      int length = bytes.remaining();
      writer.write(bytes, position);
      position += length;
    }

    @Override
    public void flush() throws DriverException {
      writer.flush();
    }

    @Override
    public void close() throws DriverException {
      writer.close();
    }
  }

  record Random(Writer writer) implements Driver.Appending {
    @Override
    public void write(ByteBuffer bytes, long position) throws DriverException {
      writer.write(bytes, position);
    }

    @Override
    public void flush() throws DriverException {
      writer.flush();
    }

    @Override
    public void close() throws DriverException {
      writer.close();
    }
  }

  static final class Reader implements Driver.Reading, ReadAhead.Server<Integer> {
    private final SftpFile file;
    private final ReadAhead<Integer> ahead;

    Reader(SftpFile file, Semaphore runs) {
      this.file = file;
      int piece = file.chunkBytes();
      var window = new ReadAhead.Window(piece, SftpPackets.WINDOW_BYTES / piece);
      ahead = new ReadAhead<>(this, window, runs);
    }

    @Override
    public long sizeBytes() throws DriverException {
      return file.sizeBytes();
    }

    @Override
    public void expect(long from, long to) {
      ahead.expect(from, to);
    }

    @Override
    public int read(ByteBuffer target, long position) throws DriverException {
      return ahead.read(target, position);
    }

    @Override
    public Integer ask(long position, int lengthBytes) throws DriverException {
      try {
        return file.packets.askRead(position, lengthBytes);
      } catch (IOException e) {
        throw file.fault(e);
      }
    }

    @Override
    public ByteBuffer answer(Integer question) throws DriverException {
      try {
        return file.packets.awaitRead(question);
      } catch (IOException e) {
        throw file.fault(e);
      }
    }

    /// The library keeps every answer until somebody takes it.
    @Override
    public boolean drop(Integer question) {
      if (!file.lease.connection().isUsable()) {
        return false;
      }
      try {
        file.packets.awaitRead(question);
        return true;
      } catch (IOException e) {
        return !LinkPool.isBroken(file.fault(e).fault());
      }
    }

    @Override
    public void close() throws DriverException {
      ahead.close();
      file.close();
    }
  }
}
