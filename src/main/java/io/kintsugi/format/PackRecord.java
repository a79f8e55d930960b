package io.kintsugi.format;

import org.jspecify.annotations.Nullable;

/// The arithmetic of a shard in a pack: header, blocks and footer without the gap that a file of
/// its own has behind the header. A record begins at a multiple of 64; zeros fill what is between.
public final class PackRecord {
  public static final int ALIGN_BYTES = 64;

  /// Far more than any pack or shard has: sums of such numbers do not overflow.
  private static final long MAX_BYTES = 1L << 48;

  /// What a file has between header and first block, and a record has not.
  public static final int GAP_BYTES = Striping.FILE_HEADER_BYTES - ShardHeader.BYTES;

  private PackRecord() {}

  /// Bytes of the record of a shard.
  public static long bytes(ShardHeader header) {
    return header.fileBytes() - GAP_BYTES;
  }

  /// How long the file of a shard would be of which a pack has so many bytes.
  public static long fileBytes(long recordBytes) {
    return recordBytes < ShardHeader.BYTES ? recordBytes : recordBytes + GAP_BYTES;
  }

  /// Where in its record that lies which is at an offset, outside of the gap, of a file.
  public static long offset(long fileOffset) {
    boolean inGap = fileOffset >= ShardHeader.BYTES && fileOffset < Striping.FILE_HEADER_BYTES;
    Text.require(!inGap, "the gap of a file lies in no pack");
    return fileOffset < ShardHeader.BYTES ? fileOffset : fileOffset - GAP_BYTES;
  }

  /// The next place where a record may begin.
  public static long aligned(long offset) {
    return (offset + ALIGN_BYTES - 1) & -ALIGN_BYTES;
  }

  /// Whether a record may lie there at all.
  public static boolean isPlace(long offset, long recordBytes) {
    return offset >= 0
        && offset <= MAX_BYTES
        && offset % ALIGN_BYTES == 0
        && recordBytes > 0
        && recordBytes <= MAX_BYTES;
  }

  /// Why bytes are not the record of the shard that a name tells, as far as its header says; null
  /// if they may well be.
  ///
  /// @param head its first 128 bytes, or all if there are fewer
  public static @Nullable String objection(Names.ShardName name, byte[] head, long recordBytes) {
    return switch (ShardHeader.decode(head, 0)) {
      case ShardHeader.Decoded.Bad(var problem) ->
          "its header is not sound: " + ShardFault.ofHeader(problem).inWords();
      case ShardHeader.Decoded.Ok(var header) -> {
        if (!header.writeId().equals(name.writeId())) {
          yield "its header is that of another write, " + header.writeId();
        }
        if (header.index() != name.index()) {
          yield "its header is that of another index, " + header.index();
        }
        long right = bytes(header);
        yield right == recordBytes ? null : "it has " + recordBytes + " bytes instead of " + right;
      }
    };
  }
}
