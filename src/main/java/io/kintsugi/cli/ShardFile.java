package io.kintsugi.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A shard as it lies on an origin, told by its name and the few bytes that say whose it is
/// (`docs/format.md`).
///
/// @param object bucket and key of the object it belongs to
record ShardFile(
    Path path,
    String origin,
    String writeId,
    int index,
    int k,
    int m,
    long bytes,
    int footerBytes,
    String object) {
  static final int HEADER_BYTES = 128;
  static final int BLOCKS_AT = 4096;

  private static final Pattern NAME = Pattern.compile("([0-9a-f]{32})\\.([0-9]{2})\\.[0-9a-f]{32}");
  private static final int K_AT = 11;
  private static final int M_AT = 12;
  private static final int FOOTER_BYTES_AT = 52;

  /// Bytes of a footer behind its JSON, which begin with the length of the JSON.
  private static final int FOOTER_TAIL_BYTES = 48;

  /// Null if it is no finished shard.
  static @Nullable ShardFile read(Path path, String origin) throws IOException {
    var name = NAME.matcher(path.getFileName().toString());
    if (!name.matches()) {
      return null;
    }
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      long bytes = file.size();
      if (bytes < BLOCKS_AT) {
        return null;
      }
      var header = bytes(file, 0, HEADER_BYTES);
      int footerBytes = header.getInt(FOOTER_BYTES_AT);
      if (footerBytes <= FOOTER_TAIL_BYTES || footerBytes > bytes - BLOCKS_AT) {
        return null;
      }
      var footer = bytes(file, bytes - footerBytes, footerBytes);
      int jsonBytes = footer.getInt(footerBytes - FOOTER_TAIL_BYTES);
      var manifest = Api.readTree(text(footer, jsonBytes));
      return new ShardFile(
          path,
          origin,
          name.group(1),
          Integer.parseInt(name.group(2)),
          header.get(K_AT),
          header.get(M_AT),
          bytes,
          footerBytes,
          manifest.path("bucket").asText() + "/" + manifest.path("key").asText());
    }
  }

  private static String text(ByteBuffer from, int bytes) {
    var text = new byte[bytes];
    from.get(0, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static ByteBuffer bytes(FileChannel file, long at, int count) throws IOException {
    var buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, at + buffer.position()) < 0) {
        throw new IOException("the file ends too early");
      }
    }
    return buffer.flip();
  }

  boolean isData() {
    return index < k;
  }

  /// Whether it holds a block at all.
  boolean hasBlocks() {
    return blocksEnd() > BLOCKS_AT;
  }

  long blocksEnd() {
    return bytes - footerBytes;
  }
}
