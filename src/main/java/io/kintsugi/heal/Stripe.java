package io.kintsugi.heal;

import io.kintsugi.erasure.Codec;
import io.kintsugi.format.Block;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The work on one stripe: every source block is checked, then all lost ones come out of one pass.
final class Stripe {
  private static final byte[] NOTHING = {};

  private Stripe() {}

  /// What a stripe gave.
  ///
  /// @param bad sources whose block is not what it must be; if there are any, nothing was built
  /// @param blocks the whole blocks of the targets, by index
  record Built(List<Integer> bad, Map<Integer, byte[]> blocks) {}

  /// Checks and rebuilds.
  ///
  /// @param any a header of the segment, of whatever index
  /// @param sources whole blocks by shard index
  /// @param digests of the targets, which are carried on
  static Built rebuild(
      ShardHeader any,
      int stripe,
      Map<Integer, byte[]> sources,
      Map<Integer, ShardDigest> digests) {
    var bad = new ArrayList<Integer>();
    sources.forEach((index, block) -> {
      var header = any.withIndex(index);
      if (Block.verify(block, 0, block.length, header, stripe) != Block.Verdict.GOOD) {
        bad.add(index);
      }
    });
    if (!bad.isEmpty()) {
      return new Built(bad, Map.of());
    }
    var blocks = blocks(any, stripe, sources, digests.keySet().stream().sorted().toList());
    digests.forEach((index, digest) -> {
      var block = blocks.getOrDefault(index, NOTHING);
      digest.update(block, 0, block.length);
    });
    return new Built(bad, blocks);
  }

  private static Map<Integer, byte[]> blocks(
      ShardHeader any, int stripe, Map<Integer, byte[]> sources, List<Integer> targets) {
    var striping = any.striping();
    int cellBytes = striping.cellBytes(stripe);
    var shards = new byte[any.k() + any.m()][];
    Arrays.fill(shards, NOTHING);
    sources.forEach((index, block) -> shards[index] = block);
    var built = new TreeMap<Integer, byte[]>();
    var missing = new ArrayList<Integer>();
    for (int target : targets) {
      var own = sources.get(target);
      if (own == null) {
        missing.add(target);
        shards[target] = new byte[striping.blockBytes(stripe)];
      }
      built.put(target, shards[target]);
    }
    if (!missing.isEmpty()) {
      int[] from = sources.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
      int[] into = missing.stream().mapToInt(Integer::intValue).toArray();
      Codec.of(any.k(), any.m()).rebuild(shards, from, into, Striping.HEAD_BYTES, cellBytes);
      for (int index : missing) {
        Block.encodeHead(
            shards[index], 0, any.writeId(), index, any.k(), any.m(), stripe, cellBytes);
      }
    }
    return built;
  }
}
