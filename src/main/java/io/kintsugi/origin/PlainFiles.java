package io.kintsugi.origin;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.Passing;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import io.kintsugi.mirror.Stamp;

/// Files that lie on an origin as people put them there, beside what the store keeps.
@Pure
final class PlainFiles {
  /// What the store itself keeps lies in the root under such names, and is shown to nobody.
  static final String OWN = ".kintsugi";

  private PlainFiles() {}

  /// Whether a path leads to what the store itself keeps.
  static boolean isOwn(String path) {
    // Some places do not tell small letters from large ones.
    return path.regionMatches(true, 0, OWN, 0, OWN.length());
  }

  /// Whether no file of people's can lie there.
  static boolean isHidden(String path) {
    return isOwn(path) || Passing.is(path.substring(path.lastIndexOf('/') + 1));
  }

  /// Behind which path a walk goes on that met something of the store's own, so that it does not go
  /// through all of that.
  static String behind(String own) {
    int slash = own.indexOf('/');
    return slash < 0 ? own : own.substring(0, slash) + (char) ('/' + 1);
  }

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
    if (isOwn(path)) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "no plain file: " + path);
    }
    return path;
  }

  static void requireRate(long bytesPerSecond) {
    if (bytesPerSecond < 0) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "not a rate: " + bytesPerSecond);
    }
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
