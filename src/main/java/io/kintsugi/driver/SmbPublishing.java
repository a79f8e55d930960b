package io.kintsugi.driver;

import java.nio.ByteBuffer;

/// A file on an SMB server that is written beside its name, and then takes it.
final class SmbPublishing implements Driver.Publishing {
  private final SmbDriver driver;
  private final String name;
  private final String passing;
  private final SmbFile file;
  private final Driver.Writing writing;
  private boolean published;

  SmbPublishing(SmbDriver driver, String name, String passing, SmbFile.Writer writer) {
    this.driver = driver;
    this.name = name;
    this.passing = passing;
    file = writer.file();
    writing = new SmbFile.Sequential(writer);
  }

  @Override
  public void write(ByteBuffer bytes) throws DriverException {
    writing.write(bytes);
  }

  @Override
  public void flush() throws DriverException {
    writing.flush();
  }

  @Override
  public void publish() throws DriverException {
    flush();
    driver.replace(file, name);
    published = true;
  }

  @Override
  public void close() throws DriverException {
    try {
      writing.close();
    } finally {
      if (!published) {
        driver.remove(passing);
      }
    }
  }
}
