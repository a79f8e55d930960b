package io.kintsugi.driver;

import com.hierynomus.mssmb2.messages.SMB2ReadResponse;
import com.hierynomus.smbj.share.DiskShare;
import com.hierynomus.smbj.share.File;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/// A file that is open on an SMB server. It stays with the connection that it was opened on: if
/// that breaks, the file is lost, and is opened anew by who still needs it.
final class SmbFile implements Driver.Opened {
  interface Work<T> {
    T call(File file);
  }

  private final String name;
  private final LinkPool<SmbLink>.Lease lease;
  private final File file;

  private final SmbPackets packets;

  SmbFile(String name, LinkPool<SmbLink>.Lease lease, File file, Duration timeout) {
    this.name = name;
    this.lease = lease;
    this.file = file;
    packets = new SmbPackets(lease.connection(), file, timeout);
  }

  DiskShare share() {
    return lease.connection().share();
  }

  <T> T perform(Work<T> work) throws DriverException {
    try {
      return work.call(file);
    } catch (RuntimeException e) {
      var exception = SmbFaults.exception(name, e);
      if (LinkPool.isBroken(exception.fault())) {
        lease.discard();
      }
      throw exception;
    }
  }

  void flush() throws DriverException {
    perform(open -> {
      open.flush();
      return true;
    });
  }

  @Override
  public void close() throws DriverException {
    try (lease) {
      if (lease.connection().isUsable()) {
        perform(open -> {
          open.close();
          return true;
        });
      }
    }
  }

  /// Writes by position, with several messages on their way.
  static final class Writer {
    private final SmbFile file;
    private final Deque<SmbPackets.Sent> sent = new ArrayDeque<>();

    Writer(SmbFile file) {
      this.file = file;
    }

    SmbFile file() {
      return file;
    }

    void write(ByteBuffer bytes, long position) throws DriverException {
      file.perform(_ -> {
        long at = position;
        while (bytes.hasRemaining()) {
          if (sent.size() >= SmbPackets.CHUNKS) {
            file.packets.awaitWrite(sent.remove());
          }
          var piece = file.packets.sendWrite(at, bytes);
          sent.add(piece);
          at += piece.lengthBytes();
        }
        return true;
      });
    }

    /// Done when the server has flushed all that was written.
    void flush() throws DriverException {
      settle();
      file.flush();
    }

    private void settle() throws DriverException {
      file.perform(_ -> {
        while (!sent.isEmpty()) {
          file.packets.awaitWrite(sent.remove());
        }
        return true;
      });
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

  static final class Reader implements Driver.Reading, ReadAhead.Server<Future<SMB2ReadResponse>> {
    private final SmbFile file;
    private final ReadAhead<Future<SMB2ReadResponse>> ahead;

    Reader(SmbFile file, Semaphore runs) {
      this.file = file;
      var window = new ReadAhead.Window(file.packets.readBytes(), SmbPackets.CHUNKS);
      ahead = new ReadAhead<>(this, window, runs);
    }

    @Override
    public long sizeBytes() throws DriverException {
      return file.perform(
          open -> open.getFileInformation().getStandardInformation().getEndOfFile());
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
    public Future<SMB2ReadResponse> ask(long position, int lengthBytes) throws DriverException {
      return file.perform(_ -> file.packets.askRead(position, lengthBytes));
    }

    @Override
    public ByteBuffer answer(Future<SMB2ReadResponse> question) throws DriverException {
      return file.perform(_ -> file.packets.awaitRead(question));
    }

    /// The library forgets an answer that nobody takes.
    @Override
    public boolean drop(Future<SMB2ReadResponse> question) {
      return false;
    }

    @Override
    public void close() throws DriverException {
      ahead.close();
      file.close();
    }
  }
}
