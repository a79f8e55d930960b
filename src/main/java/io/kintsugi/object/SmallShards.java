package io.kintsugi.object;

import io.kintsugi.format.Block;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.Footer;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The shards of a small segment: copies but for their heads, each in one piece as it lies in a
/// pack, which is header, block and footer.
@Pure
final class SmallShards {
  private final List<byte[]> pieces;
  private final String footerSha256;
  private final List<String> shardSha256;

  private SmallShards(List<byte[]> pieces, String footerSha256, List<String> shardSha256) {
    this.pieces = pieces;
    this.footerSha256 = footerSha256;
    this.shardSha256 = shardSha256;
  }

  /// Makes all of them.
  ///
  /// @param first the header of shard 0 of the draft
  /// @param body as many bytes as the draft says, at most one block
  static SmallShards encode(
      ManifestDraft draft,
      ShardHeader first,
      byte[] body,
      @Nullable String etag,
      @Nullable String partMd5,
      ClusterKey key) {
    var geometry = draft.geometry();
    if (geometry.k() != 1 || first.blocks() > 1) {
      throw new IllegalArgumentException("not a small segment: " + geometry);
    }
    int blockBytes = first.blocks() == 0 ? 0 : Striping.HEAD_BYTES + body.length;
    int footerOffset = ShardHeader.BYTES + blockBytes;
    var pieces = new ArrayList<byte[]>();
    var sums = new ArrayList<String>();
    for (int index = 0; index < geometry.n(); index++) {
      var header = first.withIndex(index);
      var piece = new byte[footerOffset + first.footerBytes()];
      System.arraycopy(header.encode(), 0, piece, 0, ShardHeader.BYTES);
      if (blockBytes > 0) {
        System.arraycopy(body, 0, piece, ShardHeader.BYTES + Striping.HEAD_BYTES, body.length);
        Block.encodeHead(
            piece, ShardHeader.BYTES, draft.writeId(), index, 1, geometry.m(), 0, body.length);
      }
      var digest = new ShardDigest(header);
      digest.update(piece, ShardHeader.BYTES, blockBytes);
      sums.add(digest.finish());
      pieces.add(piece);
    }
    var footer = Footer.encode(draft.seal(etag, partMd5, sums), key);
    for (var piece : pieces) {
      System.arraycopy(footer, 0, piece, footerOffset, footer.length);
    }
    return new SmallShards(pieces, ShardDigest.ofFooter(footer), sums);
  }

  byte[] piece(int index) {
    return pieces.get(index);
  }

  String footerSha256() {
    return footerSha256;
  }

  /// Of each shard's header and block, hex, by index.
  List<String> shardSha256() {
    return shardSha256;
  }
}
