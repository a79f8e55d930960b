package io.kintsugi.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What lies below a node's origins, for a test with a hammer.
final class Disk {
  private static final int FOOTER_AT_MOST = 8192;

  /// As a file is named; what was abandoned on its way may lie there too, but stands in no row.
  private static final String LANDED =
      "SELECT replace(write_id::text, '-', '') || '.' || lpad(shard_index::text, 2, '0') || '.'"
          + " || replace(attempt_id::text, '-', '') FROM location WHERE state = 'landed'";

  private final Path data;
  private final Path origins;

  Disk(Path data) {
    this.data = data;
    origins = data.resolve("origins");
  }

  /// Shard files of an object that the catalog knows of, by index; the name ends
  /// `.<index>.<attempt>`.
  List<Path> shards(String bucket, String key) throws IOException, SQLException {
    return shards(bucket).getOrDefault(key, List.of());
  }

  /// The shard files of all objects of a bucket that the catalog knows of, by key and index.
  Map<String, List<Path>> shards(String bucket) throws IOException, SQLException {
    var landed = Set.copyOf(new CatalogRows(data).read(LANDED));
    var told = Pattern.compile("\"bucket\":\"" + Pattern.quote(bucket) + "\",\"key\":\"([^\"]*)\"");
    var found = new TreeMap<String, List<Path>>();
    try (var paths = Files.walk(origins)) {
      for (var path : (Iterable<Path>) paths::iterator) {
        if (landed.contains(path.getFileName().toString())) {
          var footer = told.matcher(tail(path));
          if (footer.find()) {
            found.computeIfAbsent(footer.group(1), _ -> new ArrayList<>()).add(path);
          }
        }
      }
    }
    found.values().forEach(shards -> shards.sort(Comparator.comparingInt(Disk::index)));
    return found;
  }

  /// The leaf that a shard lies in.
  static String leaf(Path shard) {
    return shard.getName(shard.getNameCount() - 2).toString();
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
