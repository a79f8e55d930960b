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
    replace(driver, file, name);
    published = true;
  }

  /// Lets an open file take the name of another in one step.
  static void replace(SmbDriver driver, SmbFile file, String name) throws DriverException {
    var target = driver.path(name);
    var patience = new Patience(name, driver.timeout());
    while (true) {
      try {
        file.perform(open -> {
          open.rename(target, true);
          return true;
        });
        return;
      } catch (DriverException e) {
        if (!(e.fault() instanceof Fault.Denied) && !(e.fault() instanceof Fault.Exists)) {
          throw e;
        }
        if (isFolder(driver, name)) {
          throw new DriverException(new Fault.Exists(name), e);
        }
        if (!patience.pause()) {
          throw e;
        }
      }
    }
  }

  private static boolean isFolder(SmbDriver driver, String name) throws DriverException {
    try {
      return driver.stat(name).kind() == Driver.Kind.FOLDER;
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return false;
      }
      throw e;
    }
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
