package io.kintsugi.driver;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// An object all of which is sent.
///
/// @param writing to be published
record S3Whole(S3Driver driver, String name, S3Writing writing) implements Driver.Assembling {
  @Override
  public void write(ByteBuffer bytes) throws DriverException {
    writing.write(bytes);
  }

  @Override
  public void copy(long position, long lengthBytes) throws DriverException {
    throw new DriverException(new Fault.Io(name, "there is nothing to copy from"));
  }

  @Override
  public void flush() throws DriverException {
    writing.flush();
  }

  @Override
  public void publish() throws DriverException {
    writing.publish();
  }

  @Override
  public Driver.@Nullable Reading written() {
    return null;
  }

  @Override
  public Driver.@Nullable Entry published() throws DriverException {
    return entry(driver, name, writing.tag());
  }

  /// What bears the name, if it is the object of this tag.
  static Driver.@Nullable Entry entry(S3Driver driver, String name, String tag)
      throws DriverException {
    var told = tag.isEmpty() ? null : driver.stat(name);
    return told != null && S3Parts.isSame(tag, told.tag()) ? told : null;
  }

  @Override
  public void close() {
    writing.close();
  }
}
