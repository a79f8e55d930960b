package io.kintsugi.origin;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;

/// What a path of an origin for plain files names. A link is nothing, wherever on the way it
/// stands: it may lead out of the root. Nor is what the store itself keeps there. All of it blocks.
final class FileStat {
  private FileStat() {}

  static FileStamp of(Driver.Entry entry) {
    return new FileStamp(entry.sizeBytes(), entry.modified(), entry.tag());
  }

  /// Fails with [Fault.NotFound] if it is no file, or lies beyond a link.
  static FileStamp of(FilePlace place, String path) throws DriverException {
    if (PlainFiles.isHidden(path)) {
      throw new DriverException(new Fault.NotFound(path));
    }
    if (place.hasFolders()) {
      requireFolders(place.driver(), path);
    }
    var entry = place.driver().stat(path);
    if (entry.kind() != Driver.Kind.FILE) {
      throw new DriverException(new Fault.NotFound(path));
    }
    return of(entry);
  }

  private static void requireFolders(Driver driver, String path) throws DriverException {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (driver.stat(path.substring(0, slash)).kind() != Driver.Kind.FOLDER) {
        throw new DriverException(new Fault.NotFound(path));
      }
    }
  }

  /// Fails with [Fault.NotFound] if a folder is none, or lies beyond a link.
  static void requireFolder(FilePlace place, String folder) throws DriverException {
    if (place.hasFolders() && !folder.isEmpty()) {
      requireFolders(place.driver(), folder + "/");
    }
  }

  /// Makes the folders that a file is to lie in, below one that is there, each findable after a
  /// loss of power. Fails with [Fault.Exists] where something else bears a name, such as a link.
  ///
  /// @param within `""` is the root
  static void makeFolders(FilePlace place, String within, String path) throws DriverException {
    var driver = place.driver();
    requireFolder(place, within);
    int from = within.isEmpty() ? 0 : within.length() + 1;
    for (int slash = path.indexOf('/', from); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (!place.hasFolders()) {
        return;
      }
      makeFolder(driver, path.substring(0, slash));
    }
  }

  private static void makeFolder(Driver driver, String folder) throws DriverException {
    try {
      if (driver.stat(folder).kind() != Driver.Kind.FOLDER) {
        throw new DriverException(new Fault.Exists(folder));
      }
    } catch (DriverException e) {
      if (!(e.fault() instanceof Fault.NotFound)) {
        throw e;
      }
      driver.createFolder(folder);
      driver.flushFolder(PlainFiles.folder(folder));
    }
  }

  static Failure changed(FilePlace place, String path) {
    return Failure.of(
        FailureCode.CONFLICT,
        "origin " + place.id() + ": " + path + " was changed meanwhile",
        "what",
        "file-changed");
  }
}
