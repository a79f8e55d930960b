package io.kintsugi.cli;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/// A file of the tree that the demonstration stores, and the object it becomes.
record SourceFile(Path path, String bucket, String key, long bytes) {
  static final String LARGE_BUCKET = "demo-data";
  static final String SMALL_BUCKET = "demo-small";

  /// Up to here an object is stored as copies, beyond it in shards with parity.
  private static final long SMALL_BYTES_MAX = 131_072;

  /// The largest object of a single PUT.
  private static final long BYTES_MAX = 5L * 1024 * 1024 * 1024;

  private static final int BUFFER_BYTES = 256 * 1024;

  /// Every regular, readable file below a directory, by key.
  static List<SourceFile> below(Path root) {
    if (!Files.isDirectory(root)) {
      throw new ApiFailure("USAGE", root + " is not a directory");
    }
    var files = new ArrayList<SourceFile>();
    try (var paths = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      for (var path : (Iterable<Path>) paths::iterator) {
        if (Files.isRegularFile(path) && Files.isReadable(path)) {
          long bytes = Files.size(path);
          if (bytes <= BYTES_MAX) {
            var bucket = bytes <= SMALL_BYTES_MAX ? SMALL_BUCKET : LARGE_BUCKET;
            files.add(new SourceFile(path, bucket, root.relativize(path).toString(), bytes));
          }
        }
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new ApiFailure("AMISS", "cannot read " + root + ": " + e.getMessage(), e);
    }
    if (files.isEmpty()) {
      throw new ApiFailure("USAGE", root + " holds no file to store");
    }
    files.sort(Comparator.comparing(SourceFile::key));
    return files;
  }

  String sha256() {
    var sum = SigV4.newSha256();
    try (var in = Files.newInputStream(path)) {
      var buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sum.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new ApiFailure("AMISS", "cannot read " + path + ": " + e.getMessage(), e);
    }
    return HexFormat.of().formatHex(sum.digest());
  }

  /// Bucket and key, as issues name an object.
  String name() {
    return bucket + "/" + key;
  }
}
