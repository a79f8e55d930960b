package io.kintsugi.format;

import java.util.Locale;

/// One thing that is wrong with a shard that was read: why, at which offset of the file, and in
/// which block (or [#NO_BLOCK]).
public record ShardFault(Reason reason, long offset, int block) {
  public static final int NO_BLOCK = -1;

  /// What a reason is evidence of.
  public enum Kind {
    DAMAGE,
    IDENTITY,
    UNJUDGED
  }

  /// Why.
  public enum Reason {
    /// The file ends before what should stand at the offset.
    TRUNCATED(Kind.DAMAGE),
    /// The file has not the size that its header, or the row, tells.
    WRONG_SIZE(Kind.DAMAGE),
    HEADER_MAGIC(Kind.DAMAGE),
    HEADER_CHECKSUM(Kind.DAMAGE),
    HEADER_FIELDS(Kind.DAMAGE),
    /// The zeros between header and first block are not all zero.
    HEADER_PADDING(Kind.DAMAGE),
    /// The right write and index, but another geometry or length than expected.
    HEADER_MISMATCH(Kind.DAMAGE),
    HEADER_FORMAT_UNKNOWN(Kind.UNJUDGED),
    BLOCK_MAGIC(Kind.DAMAGE),
    BLOCK_CHECKSUM(Kind.DAMAGE),
    /// A sound block that belongs elsewhere.
    BLOCK_MISPLACED(Kind.DAMAGE),
    BLOCK_FIELDS(Kind.DAMAGE),
    FOOTER_CHECKSUM(Kind.DAMAGE),
    FOOTER_MAC(Kind.DAMAGE),
    FOOTER_MALFORMED(Kind.DAMAGE),
    /// A sound footer of another write, or of another geometry or length.
    FOOTER_MISMATCH(Kind.DAMAGE),
    FOOTER_KEY_UNKNOWN(Kind.UNJUDGED),
    FOOTER_FORMAT_UNKNOWN(Kind.UNJUDGED),
    /// The shard's SHA-256 is not what the manifest says of this index.
    DIGEST_MISMATCH(Kind.DAMAGE),
    /// The header is another write's.
    OTHER_WRITE(Kind.IDENTITY),
    /// The header is of the right write but of another index.
    OTHER_INDEX(Kind.IDENTITY);

    private final Kind kind;

    Reason(Kind kind) {
      this.kind = kind;
    }

    public Kind kind() {
      return kind;
    }

    /// Whether this can be mended by writing header and footer anew, if all blocks are sound.
    boolean isOfManifest() {
      return switch (this) {
        case TRUNCATED, WRONG_SIZE -> true;
        case HEADER_MAGIC, HEADER_CHECKSUM, HEADER_FIELDS, HEADER_PADDING -> true;
        case FOOTER_CHECKSUM, FOOTER_MAC, FOOTER_MALFORMED, FOOTER_MISMATCH -> true;
        case HEADER_MISMATCH, HEADER_FORMAT_UNKNOWN, FOOTER_KEY_UNKNOWN, FOOTER_FORMAT_UNKNOWN ->
            false;
        case BLOCK_MAGIC, BLOCK_CHECKSUM, BLOCK_MISPLACED, BLOCK_FIELDS, DIGEST_MISMATCH -> false;
        case OTHER_WRITE, OTHER_INDEX -> false;
      };
    }

    String inWords() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  static Reason ofHeader(ShardHeader.Problem problem) {
    return switch (problem) {
      case TOO_SHORT -> Reason.TRUNCATED;
      case BAD_MAGIC -> Reason.HEADER_MAGIC;
      case BAD_CHECKSUM -> Reason.HEADER_CHECKSUM;
      case UNKNOWN_FORMAT -> Reason.HEADER_FORMAT_UNKNOWN;
      case BAD_FIELDS -> Reason.HEADER_FIELDS;
    };
  }

  /// The reason of a block that is not good.
  static Reason ofBlock(Block.Verdict verdict) {
    return switch (verdict) {
      case BAD_MAGIC -> Reason.BLOCK_MAGIC;
      case BAD_CHECKSUM -> Reason.BLOCK_CHECKSUM;
      case WRONG_WRITE, WRONG_INDEX, WRONG_GEOMETRY, WRONG_NUMBER -> Reason.BLOCK_MISPLACED;
      case WRONG_LENGTH, BAD_UNNAMED -> Reason.BLOCK_FIELDS;
      case GOOD -> throw new IllegalArgumentException("a good block is no fault");
    };
  }
}
