package io.kintsugi.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What lies below a node's origins, for a test with a hammer.
final class Disk {
  private static final int FOOTER_AT_MOST = 8192;

  private final Path origins;

  Disk(Path data) {
    origins = data.resolve("origins");
  }

  /// Shard files of an object, by index; the name ends `.<index>.<attempt>`.
  List<Path> shards(String bucket, String key) throws IOException {
    var told = "\"bucket\":\"" + bucket + "\",\"key\":\"" + key + "\"";
    try (var paths = Files.walk(origins)) {
      return paths
          .filter(path -> path.getFileName().toString().matches("[0-9a-f]{32}\\.[0-9]{2}\\..*"))
          .filter(path -> tail(path).contains(told))
          .sorted((a, b) -> Integer.compare(index(a), index(b)))
          .toList();
    }
  }

  /// Every file that has the name of a shard, with its size now.
  Map<Path, Long> sizes() throws IOException {
    var sizes = new HashMap<Path, Long>();
    try (var paths = Files.walk(origins)) {
      for (var path : (Iterable<Path>) paths::iterator) {
        if (path.getFileName().toString().matches("[0-9a-f]{32}\\.[0-9]{2}\\..*")) {
          sizes.put(path, Files.size(path));
        }
      }
    }
    return sizes;
  }

  static int index(Path shard) {
    return Integer.parseInt(shard.getFileName().toString().split("\\.", -1)[1]);
  }

  private static String tail(Path path) {
    try (var file = Files.newByteChannel(path)) {
      file.position(Math.max(0, file.size() - FOOTER_AT_MOST));
      var bytes = java.nio.ByteBuffer.allocate(FOOTER_AT_MOST);
      while (file.read(bytes) > 0) {}
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
