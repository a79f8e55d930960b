package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.format.Block;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.kintsugi.twin.Disk;
import io.kintsugi.twin.StoredSegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Segments and their pieces.
final class HealFixture {
  private HealFixture() {}

  /// Shard i lies on the i-th of the disks `disk-a`, `disk-b`, ...
  static StoredSegment segment(Layout layout, int sizeBytes, long counter) {
    var origins =
        IntStream.range(0, layout.shards()).mapToObj(i -> "disk-" + (char) ('a' + i)).toList();
    return StoredSegment.make(
        new WriteId(0x1234, counter),
        "photos",
        "key-" + counter,
        layout,
        sizeBytes,
        origins,
        Disk.INCARNATION);
  }

  static List<Damage> damages(StoredSegment stored, Evidence evidence, int... indexes) {
    return Arrays.stream(indexes)
        .mapToObj(index -> {
          var location = stored.segment().locations().get(index);
          return new Damage(
              stored.writeId(),
              index,
              location.attemptId(),
              location.originId(),
              evidence,
              false,
              "");
        })
        .toList();
  }

  /// Makes a shard that is sound in every block and not what was written.
  static byte[] forge(StoredSegment stored, int index) {
    var bytes = stored.files().get(index).clone();
    var striping = FooterSearch.header(stored.segment(), index).striping();
    bytes[Striping.FILE_HEADER_BYTES + Striping.HEAD_BYTES + 5] ^= 1;
    Block.encodeHead(
        bytes,
        Striping.FILE_HEADER_BYTES,
        WriteId.parse(stored.writeId()),
        index,
        stored.segment().layout().k(),
        stored.segment().layout().m(),
        0,
        striping.cellBytes(0));
    return bytes;
  }

  static Map<Integer, byte[]> blocks(StoredSegment stored, int stripe, int... indexes) {
    var striping = FooterSearch.header(stored.segment(), 0).striping();
    var blocks = new HashMap<Integer, byte[]>();
    for (int index : indexes) {
      int from = (int) striping.blockOffset(stripe);
      var file = stored.files().get(index);
      blocks.put(index, Arrays.copyOfRange(file, from, from + striping.blockBytes(stripe)));
    }
    return blocks;
  }

  static Map<Integer, ShardDigest> digests(ShardHeader header, int... indexes) {
    var digests = new HashMap<Integer, ShardDigest>();
    for (int index : indexes) {
      digests.put(index, new ShardDigest(header.withIndex(index)));
    }
    return digests;
  }
}
