package io.kintsugi.driver;

import java.nio.ByteBuffer;

/// A file on an SSH server that is written beside its name, and then takes it.
final class SftpPublishing implements Driver.Publishing {
  private final SftpDriver driver;
  private final String name;
  private final String passing;
  private final Driver.Writing file;
  private boolean published;

  SftpPublishing(SftpDriver driver, String name, String passing, Driver.Writing file) {
    this.driver = driver;
    this.name = name;
    this.passing = passing;
    this.file = file;
  }

  @Override
  public void write(ByteBuffer bytes) throws DriverException {
    file.write(bytes);
  }

  @Override
  public void flush() throws DriverException {
    file.flush();
  }

  @Override
  public void publish() throws DriverException {
    file.flush();
    driver.replace(passing, name);
    published = true;
  }

  @Override
  public void close() throws DriverException {
    try {
      file.close();
    } finally {
      if (!published) {
        driver.remove(passing);
      }
    }
  }
}
