package io.kintsugi.object;

import io.kintsugi.erasure.Codec;
import io.kintsugi.format.Block;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.Footer;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.Bytes;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns the stripes of one segment into finished blocks, and sums them up. Runs on any thread, one
/// stripe at a time, in order.
final class StripeEncoder {
  private final ManifestDraft draft;
  private final Codec codec;
  private final List<ShardHeader> headers = new ArrayList<>();
  private final List<ShardDigest> digests = new ArrayList<>();

  /// The end of every shard, and the sums that the catalog keeps.
  record Sealed(Buffer footer, String footerSha256, List<String> shardSha256) {}

  StripeEncoder(ManifestDraft draft) {
    this.draft = draft;
    var geometry = draft.geometry();
    codec = Codec.of(geometry.k(), geometry.m());
    var first = draft.header(0);
    for (int index = 0; index < geometry.n(); index++) {
      var header = first.withIndex(index);
      headers.add(header);
      digests.add(new ShardDigest(header));
    }
  }

  ShardHeader header(int index) {
    return headers.get(index);
  }

  /// Fills the parity cells and all heads.
  Stripe encode(Stripe stripe) {
    var blocks = stripe.blocks();
    int cellBytes = stripe.cellBytes();
    if (codec.m() > 0) {
      codec.encode(blocks, Striping.HEAD_BYTES, cellBytes);
    }
    for (int index = 0; index < blocks.length; index++) {
      Block.encodeHead(
          blocks[index],
          0,
          draft.writeId(),
          index,
          codec.k(),
          codec.m(),
          stripe.number(),
          cellBytes);
      digests.get(index).update(blocks[index], 0, blocks[index].length);
    }
    return stripe;
  }

  /// Ends the sums; once, after the last stripe.
  Sealed seal(@Nullable String etag, @Nullable String partMd5, ClusterKey key) {
    var sums = digests.stream().map(ShardDigest::finish).toList();
    var footer = Footer.encode(draft.seal(etag, partMd5, sums), key);
    return new Sealed(Bytes.of(footer), ShardDigest.ofFooter(footer), sums);
  }
}
