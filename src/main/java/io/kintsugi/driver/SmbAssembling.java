package io.kintsugi.driver;

import static com.hierynomus.mssmb2.SMB2CreateDisposition.FILE_CREATE;
import static com.hierynomus.mssmb2.SMB2CreateDisposition.FILE_OPEN;

import com.hierynomus.msdtyp.AccessMask;
import com.hierynomus.msfscc.FileAttributes;
import com.hierynomus.mssmb2.SMB2CreateOptions;
import com.hierynomus.mssmb2.SMB2ShareAccess;
import com.hierynomus.protocol.commons.buffer.Buffer.BufferException;
import com.hierynomus.protocol.transport.TransportException;
import com.hierynomus.smbj.common.SMBRuntimeException;
import com.hierynomus.smbj.share.File;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A file on an SMB server that is put together beside its name; ranges of another go there by the
/// server's own copying of chunks (FSCTL_SRV_COPYCHUNK).
final class SmbAssembling implements Driver.Assembling {
  static final Driver.Copying COPYING = new Driver.Copying.Within(1, 1 << 20);

  /// What the server's copying wants of the file that it writes to, and a change of its name.
  private static final Set<AccessMask> ACCESS =
      EnumSet.of(AccessMask.GENERIC_READ, AccessMask.GENERIC_WRITE, AccessMask.DELETE);

  /// More is asked for in turns.
  private static final long COPY_BYTES = 16L << 20;

  private final SmbDriver driver;
  private final String name;
  private final String passing;
  private final SmbFile file;
  private final SmbFile.Writer writer;
  private final @Nullable File base;
  private long writtenBytes;
  private boolean closed;
  private @Nullable Instant modified;

  private SmbAssembling(
      SmbDriver driver, String name, String passing, SmbFile file, @Nullable File base) {
    this.driver = driver;
    this.name = name;
    this.passing = passing;
    this.file = file;
    writer = new SmbFile.Writer(file);
    this.base = base;
  }

  static SmbAssembling begin(SmbDriver driver, String name, @Nullable String base)
      throws DriverException {
    driver.path(name);
    var passing = Passing.beside(name);
    var file = create(driver, passing);
    try {
      return new SmbAssembling(
          driver, name, passing, file, base == null ? null : openBase(driver, file, base));
    } catch (DriverException e) {
      new SmbAssembling(driver, name, passing, file, null).close();
      throw e;
    }
  }

  private static SmbFile create(SmbDriver driver, String passing) throws DriverException {
    try {
      return driver.open(passing, ACCESS, FILE_CREATE);
    } catch (DriverException e) {
      if (!(e.fault() instanceof Fault.NotFound) || Segments.folder(passing).isEmpty()) {
        throw e;
      }
      driver.createFolder(Segments.folder(passing));
      return driver.open(passing, ACCESS, FILE_CREATE);
    }
  }

  /// On the same connection: no other knows both files.
  private static File openBase(SmbDriver driver, SmbFile file, String base) throws DriverException {
    var path = driver.path(base);
    return file.perform(_ ->
        file.share()
            .openFile(
                path,
                EnumSet.of(AccessMask.GENERIC_READ),
                EnumSet.of(FileAttributes.FILE_ATTRIBUTE_NORMAL),
                SMB2ShareAccess.ALL,
                FILE_OPEN,
                EnumSet.of(SMB2CreateOptions.FILE_NON_DIRECTORY_FILE)));
  }

  @Override
  public void write(ByteBuffer bytes) throws DriverException {
    int length = bytes.remaining();
    writer.write(bytes, writtenBytes);
    writtenBytes += length;
  }

  @Override
  public void copy(long position, long lengthBytes) throws DriverException {
    var from = base;
    if (from == null) {
      throw new DriverException(new Fault.Io(name, "there is nothing to copy from"));
    }
    for (long done = 0; done < lengthBytes; ) {
      long at = position + done;
      long length = Math.min(COPY_BYTES, lengthBytes - done);
      file.perform(open -> copy(from, at, open, length));
      done += length;
      writtenBytes += length;
    }
  }

  private long copy(File from, long position, File to, long lengthBytes) {
    try {
      from.remoteCopyTo(position, to, writtenBytes, lengthBytes);
      return lengthBytes;
    } catch (BufferException | TransportException e) {
      throw new SMBRuntimeException(e);
    }
  }

  @Override
  public void flush() throws DriverException {
    writer.flush();
  }

  @Override
  public Driver.Reading written() throws DriverException {
    return driver.openRead(passing);
  }

  /// A server may settle the time of a file only when who wrote it closes it, so that comes first.
  @Override
  public void publish() throws DriverException {
    flush();
    closeFiles();
    var told = driver.stat(passing).modified();
    try (var moving = driver.open(passing, EnumSet.of(AccessMask.DELETE), FILE_OPEN)) {
      SmbPublishing.replace(driver, moving, name);
      modified = told;
    }
  }

  /// To take the name changes nothing of the time, and whoever writes to it later does.
  @Override
  public Driver.@Nullable Entry published() throws DriverException {
    var told = modified == null ? null : driver.stat(name);
    return told != null && told.sizeBytes() == writtenBytes && told.modified().equals(modified)
        ? told
        : null;
  }

  private void closeFiles() throws DriverException {
    if (!closed) {
      closed = true;
      try {
        if (base != null) {
          base.closeSilently();
        }
      } finally {
        writer.close();
      }
    }
  }

  @Override
  public void close() throws DriverException {
    try {
      closeFiles();
    } finally {
      if (modified == null) {
        driver.remove(passing);
      }
    }
  }
}
