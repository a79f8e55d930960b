package io.kintsugi.driver;

import com.hierynomus.smbj.share.DiskShare;
import com.hierynomus.smbj.share.File;
import java.nio.ByteBuffer;

/// A file that is open on an SMB server. It stays with the connection that it was opened on: if
/// that breaks, the file is lost, and is opened anew by who still needs it.
final class SmbFile implements Driver.Opened {
  interface Work<T> {
    T call(File file);
  }

  private final String name;
  private final LinkPool<SmbLink>.Lease lease;
  private final File file;

  SmbFile(String name, LinkPool<SmbLink>.Lease lease, File file) {
    this.name = name;
    this.lease = lease;
    this.file = file;
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

  void write(ByteBuffer bytes, long position) throws DriverException {
    perform(open -> {
      long at = position;
      while (bytes.hasRemaining()) {
        at += open.write(bytes, at);
      }
      return at;
    });
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

  static final class Sequential implements Driver.Writing {
    private final SmbFile file;
    private long position;

    Sequential(SmbFile file) {
      this.file = file;
    }

    @Override
    public void write(ByteBuffer bytes) throws DriverException {
      int length = bytes.remaining();
      file.write(bytes, position);
      position += length;
    }

    @Override
    public void flush() throws DriverException {
      file.flush();
    }

    @Override
    public void close() throws DriverException {
      file.close();
    }
  }

  record Random(SmbFile file) implements Driver.Appending {
    @Override
    public void write(ByteBuffer bytes, long position) throws DriverException {
      file.write(bytes, position);
    }

    @Override
    public void flush() throws DriverException {
      file.flush();
    }

    @Override
    public void close() throws DriverException {
      file.close();
    }
  }

  record Reader(SmbFile file) implements Driver.Reading {
    @Override
    public long sizeBytes() throws DriverException {
      return file.perform(
          open -> open.getFileInformation().getStandardInformation().getEndOfFile());
    }

    @Override
    public int read(ByteBuffer target, long position) throws DriverException {
      return file.perform(open -> {
        int start = target.position();
        long got = 0;
        while (target.hasRemaining() && got >= 0) {
          got = open.read(target, position + target.position() - start);
        }
        return target.position() - start;
      });
    }

    @Override
    public void close() throws DriverException {
      file.close();
    }
  }
}
