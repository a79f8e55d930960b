package io.kintsugi.driver;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/// A file on an SSH server that is put together beside its name; ranges of another go there by the
/// extension `copy-data`, which OpenSSH has since 9.0.
final class SftpAssembling implements Driver.Assembling {
  private static final String EXTENSION = "copy-data";

  /// More is asked for in turns, each of which the server answers in time.
  private static final long COPY_BYTES = 32L << 20;

  /// Room for the head of a packet, the name of the extension and two handles.
  private static final int PACKET_BYTES = 1 << 10;

  /// Where it goes.
  ///
  /// @param timeout for one answer
  record Way(SftpDriver driver, String name, String passing, Duration timeout) {}

  private final Way way;
  private final SftpFile file;
  private final SftpFile.Writer writer;
  private final @Nullable CloseableHandle base;
  private long writtenBytes;
  private @Nullable Instant modified;

  private SftpAssembling(
      Way way, SftpFile file, SftpFile.Writer writer, @Nullable CloseableHandle base) {
    this.way = way;
    this.file = file;
    this.writer = writer;
    this.base = base;
  }

  static Driver.Copying copying(SftpLink link) throws IOException {
    return link.sftp().getServerExtensions().containsKey(EXTENSION)
        ? new Driver.Copying.Within(1, 1 << 20)
        : new Driver.Copying.Never("the server does not offer " + EXTENSION);
  }

  /// Both files belong to one session: only that knows both handles.
  static SftpAssembling begin(
      Way way, SftpFile file, @Nullable String basePath, SftpFile.Writer writer)
      throws DriverException {
    var opened = new CloseableHandle[1];
    try {
      if (basePath != null) {
        var sftp = file.link().sftp();
        file.perform(() -> opened[0] = sftp.open(basePath, EnumSet.of(OpenMode.Read)));
      }
    } catch (DriverException e) {
      new SftpAssembling(way, file, writer, null).close();
      throw e;
    }
    return new SftpAssembling(way, file, writer, opened[0]);
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
      throw new DriverException(new Fault.Io(way.name(), "there is nothing to copy from"));
    }
    for (long done = 0; done < lengthBytes; ) {
      long at = position + done;
      long length = Math.min(COPY_BYTES, lengthBytes - done);
      file.perform(() -> copy(from.getIdentifier(), at, length));
      done += length;
      writtenBytes += length;
    }
  }

  private void copy(byte[] from, long position, long lengthBytes) throws IOException {
    var question = new ByteArrayBuffer(PACKET_BYTES, false);
    question.putString(EXTENSION);
    question.putBytes(from);
    question.putLong(position);
    question.putLong(lengthBytes);
    question.putBytes(file.handle().getIdentifier());
    question.putLong(writtenBytes);
    var raw = file.link().raw();
    var answer = raw.receive(raw.send(SftpConstants.SSH_FXP_EXTENDED, question), way.timeout());
    if (answer == null) {
      throw new SocketTimeoutException("no answer in time");
    }
    answer.getInt();
    int kind = answer.getUByte();
    answer.getInt();
    if (kind != SftpConstants.SSH_FXP_STATUS) {
      throw new IOException("the server answered a packet of kind " + kind);
    }
    int status = answer.getInt();
    if (status != SftpConstants.SSH_FX_OK) {
      throw new SftpException(status, answer.getString());
    }
  }

  @Override
  public void flushAhead() throws DriverException {
    writer.flush();
  }

  @Override
  public void flush() throws DriverException {
    writer.flush();
  }

  @Override
  public Driver.Reading written() throws DriverException {
    writer.settle();
    return way.driver().openRead(way.passing());
  }

  @Override
  public void publish() throws DriverException {
    writer.flush();
    var told = new Attributes[1];
    file.perform(() -> told[0] = file.link().sftp().stat(file.handle()));
    way.driver().replace(way.passing(), way.name());
    var time = told[0].getModifyTime();
    modified = time == null ? Instant.EPOCH : time.toInstant();
  }

  /// To take the name changes nothing of the time, and whoever writes to it later does.
  @Override
  public Driver.@Nullable Entry published() throws DriverException {
    var told = modified == null ? null : way.driver().stat(way.name());
    return told != null && told.sizeBytes() == writtenBytes && told.modified().equals(modified)
        ? told
        : null;
  }

  @Override
  public void close() throws DriverException {
    try {
      if (base != null && file.link().isUsable()) {
        file.perform(base::close);
      }
    } finally {
      closeFile();
    }
  }

  private void closeFile() throws DriverException {
    try {
      writer.close();
    } finally {
      if (modified == null) {
        way.driver().remove(way.passing());
      }
    }
  }
}
