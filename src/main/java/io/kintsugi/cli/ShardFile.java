package io.kintsugi.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A shard as it lies on an origin, in a file of its own or in a pack, told by its name and the few
/// bytes that say whose it is (`docs/format.md`).
///
/// @param at where in its file it begins
/// @param bytes it takes there
/// @param packed whether it shares its file with others
/// @param object bucket and key of the object it belongs to
record ShardFile(
    Path path,
    String origin,
    String writeId,
    int index,
    int k,
    int m,
    long at,
    long bytes,
    int footerBytes,
    boolean packed,
    String object) {
  static final int HEADER_BYTES = 128;
  static final int BLOCKS_AT = 4096;

  private static final Pattern NAME = Pattern.compile("([0-9a-f]{32})\\.([0-9]{2})\\.[0-9a-f]{32}");
  private static final Pattern PACK = Pattern.compile("packs/[0-9a-f]{16}-[0-9]+");
  private static final String MAGIC = "KTSGSHRD";
  private static final int INDEX_AT = 10;
  private static final int K_AT = 11;
  private static final int M_AT = 12;
  private static final int WRITE_ID_AT = 16;
  private static final int WRITE_ID_BYTES = 16;
  private static final int BLOCKS_COUNT_AT = 44;
  private static final int LAST_CELL_AT = 48;
  private static final int FOOTER_BYTES_AT = 52;
  private static final int BLOCK_BYTES = 256 * 1024;
  private static final int BLOCK_HEAD_BYTES = 64;
  private static final int PACK_ALIGN_BYTES = 64;

  /// Bytes of a footer behind its JSON, which begin with the length of the JSON.
  private static final int FOOTER_TAIL_BYTES = 48;

  /// The finished shards in a file, none if it is something else.
  static List<ShardFile> read(Path root, Path path, String origin) throws IOException {
    if (PACK.matcher(root.relativize(path).toString()).matches()) {
      return readPack(path, origin);
    }
    var name = NAME.matcher(path.getFileName().toString());
    if (!name.matches()) {
      return List.of();
    }
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      long bytes = file.size();
      if (bytes < BLOCKS_AT) {
        return List.of();
      }
      var shard = read(path, origin, file, 0, bytes, false);
      return shard == null ? List.of() : List.of(shard);
    }
  }

  private static List<ShardFile> readPack(Path path, String origin) throws IOException {
    var shards = new ArrayList<ShardFile>();
    try (var file = FileChannel.open(path, StandardOpenOption.READ)) {
      long at = 0;
      while (at + HEADER_BYTES <= file.size()) {
        var header = bytes(file, at, HEADER_BYTES);
        long bytes = packedBytes(header);
        if (!MAGIC.equals(text(header, MAGIC.length())) || at + bytes > file.size()) {
          break;
        }
        var shard = read(path, origin, file, at, bytes, true);
        if (shard != null) {
          shards.add(shard);
        }
        at += Math.ceilDiv(bytes, PACK_ALIGN_BYTES) * PACK_ALIGN_BYTES;
      }
    }
    return shards;
  }

  private static long packedBytes(ByteBuffer header) {
    long blocks = header.getInt(BLOCKS_COUNT_AT);
    long last = header.getInt(LAST_CELL_AT) + (long) BLOCK_HEAD_BYTES;
    return HEADER_BYTES
        + (blocks == 0 ? 0 : (blocks - 1) * BLOCK_BYTES + last)
        + header.getInt(FOOTER_BYTES_AT);
  }

  /// Null if it is not finished.
  private static @Nullable ShardFile read(
      Path path, String origin, FileChannel file, long at, long bytes, boolean packed)
      throws IOException {
    var header = bytes(file, at, HEADER_BYTES);
    int footerBytes = header.getInt(FOOTER_BYTES_AT);
    if (footerBytes <= FOOTER_TAIL_BYTES || footerBytes > bytes - HEADER_BYTES) {
      return null;
    }
    var footer = bytes(file, at + bytes - footerBytes, footerBytes);
    int jsonBytes = footer.getInt(footerBytes - FOOTER_TAIL_BYTES);
    if (jsonBytes <= 0 || jsonBytes > footerBytes - FOOTER_TAIL_BYTES) {
      return null;
    }
    var manifest = Api.readTree(text(footer, jsonBytes));
    var writeId = new byte[WRITE_ID_BYTES];
    header.get(WRITE_ID_AT, writeId);
    return new ShardFile(
        path,
        origin,
        HexFormat.of().formatHex(writeId),
        header.get(INDEX_AT),
        header.get(K_AT),
        header.get(M_AT),
        at,
        bytes,
        footerBytes,
        packed,
        manifest.path("bucket").asText() + "/" + manifest.path("key").asText());
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
    return blocksEnd() > blocksAt();
  }

  /// Where its blocks begin, in its file.
  long blocksAt() {
    return at + (packed ? HEADER_BYTES : BLOCKS_AT);
  }

  long blocksEnd() {
    return end() - footerBytes;
  }

  long end() {
    return at + bytes;
  }
}
