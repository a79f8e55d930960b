package io.kintsugi.driver;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A folder of a file system that lies elsewhere and is mounted here.
///
/// @param path the root of the place
/// @param mountPoint where something must be mounted before anything is done below `path`; null:
///   the mount is not looked for
public record MountSettings(Path path, @Nullable Path mountPoint) {
  /// A mount that is used from its top.
  public MountSettings(Path path) {
    this(path, path);
  }
}
