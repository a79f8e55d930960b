package io.kintsugi.origin;

import io.kintsugi.contract.OriginMirrorContract.FileStamp;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.Passing;
import io.kintsugi.format.JournalName;
import io.kintsugi.format.Marker;
import io.kintsugi.format.Names;
import io.kintsugi.format.PackName;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import io.kintsugi.mirror.Stamp;
import java.util.Set;

/// Files that lie on an origin as people put them there, beside what the store keeps.
@Pure
final class PlainFiles {
  /// The first segments of what is the store's own.
  private static final Set<String> OWN =
      Set.of(
          Names.OBJECTS,
          PackName.FOLDER,
          JournalName.FOLDER,
          Clearing.QUARANTINE,
          RecipeShelf.FOLDER,
          Marker.FILE_NAME);

  private PlainFiles() {}

  /// Refuses a path that is none, or leads to what is the store's own.
  static String require(String path) {
    for (var segment : path.split("/", -1)) {
      if (segment.isEmpty()
          || segment.equals(".")
          || segment.equals("..")
          || segment.indexOf('\0') >= 0
          || Passing.is(segment)) {
        throw Failure.of(FailureCode.INVALID_REQUEST, "not the path of a file: " + path);
      }
    }
    int slash = path.indexOf('/');
    if (OWN.contains(slash < 0 ? path : path.substring(0, slash))) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "no plain file: " + path);
    }
    return path;
  }

  static String folder(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  static Stamp stamp(Driver.Entry told) {
    return new Stamp(told.sizeBytes(), told.modified(), told.tag());
  }

  static FileStamp told(Stamp stamp) {
    return new FileStamp(stamp.sizeBytes(), stamp.modified(), stamp.tag());
  }

  static Stamp stamp(FileStamp told) {
    return new Stamp(told.sizeBytes(), told.modified(), told.tag());
  }
}
