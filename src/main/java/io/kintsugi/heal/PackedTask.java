package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Block;
import io.kintsugi.format.Footer;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.kernel.Pure;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The plain case of a heal: copies of a small segment, all in packs, of which some were reported
/// and others were not. All the rest is for [Repair].
@Pure
final class PackedTask {
  private static final Set<String> CAUSES = Set.of("scan", "read", "write", "replace");

  private PackedTask() {}

  /// Whether a claim is such a case, as far as its rows say.
  static boolean is(Claim claim) {
    var task = claim.task();
    var segment = task.segment();
    var layout = segment.layout();
    boolean plain = CAUSES.contains(task.cause()) && !claim.isEmergency();
    boolean small = layout.k() == 1 && segment.sizeBytes() <= Geometry.SMALL_SEGMENT_BYTES;
    if (!plain || !small || segment.locations().size() != layout.shards()) {
      return false;
    }
    var indexes = new HashSet<Integer>();
    for (var location : segment.locations()) {
      if (!location.landed() || location.packed() == null) {
        return false;
      }
      indexes.add(location.index());
    }
    int lost = lost(claim).size();
    return indexes.size() == layout.shards() && lost > 0 && lost < layout.shards();
  }

  /// What was reported, as indexes.
  static Set<Integer> lost(Claim claim) {
    return claim.task().known().stream().map(Damage::shardIndex).collect(Collectors.toSet());
  }

  /// The copy to build from: the first that nobody complained of.
  static Location source(Claim claim) {
    var lost = lost(claim);
    return claim.task().segment().locations().stream()
        .filter(location -> !lost.contains(location.index()))
        .findFirst()
        .orElseThrow();
  }

  /// The records of the copies that are lost, built from another one; null unless every byte of it
  /// and of them is what the manifest says.
  ///
  /// @param record header, block and footer of the source
  static @Nullable Map<Integer, byte[]> rebuild(
      Segment segment, int source, byte[] record, Set<Integer> lost, KeyRing keys) {
    var header = FooterSearch.header(segment, source);
    int footerAt = (int) PackRecord.offset(header.striping().footerOffset());
    boolean fits =
        record.length == PackRecord.bytes(header)
            && Arrays.equals(header.encode(), 0, ShardHeader.BYTES, record, 0, ShardHeader.BYTES);
    if (!fits || !isFooter(segment, Arrays.copyOfRange(record, footerAt, record.length), keys)) {
      return null;
    }
    var built = new HashMap<Integer, byte[]>();
    for (int index : lost) {
      var copy = copy(header, record, footerAt, index);
      if (copy == null || !sum(segment, copy, footerAt, index)) {
        return null;
      }
      built.put(index, copy);
    }
    return built;
  }

  private static boolean isFooter(Segment segment, byte[] footer, KeyRing keys) {
    return ShardDigest.ofFooter(footer).equals(segment.footerSha256())
        && Footer.decode(footer, keys) instanceof Footer.Decoded.Ok(var manifest)
        && manifest.shardSha256().equals(segment.shardSha256())
        && manifest.describes(FooterSearch.header(segment, 0));
  }

  /// Copies hold the same payload; whose block it is differs.
  private static byte @Nullable [] copy(
      ShardHeader header, byte[] record, int footerAt, int index) {
    var copy = record.clone();
    System.arraycopy(header.withIndex(index).encode(), 0, copy, 0, ShardHeader.BYTES);
    int blockBytes = footerAt - ShardHeader.BYTES;
    if (blockBytes == 0) {
      return copy;
    }
    var verdict = Block.verify(record, ShardHeader.BYTES, blockBytes, header, 0);
    if (verdict != Block.Verdict.GOOD) {
      return null;
    }
    Block.encodeHead(
        copy,
        ShardHeader.BYTES,
        header.writeId(),
        index,
        header.k(),
        header.m(),
        0,
        header.striping().cellBytes(0));
    return copy;
  }

  private static boolean sum(Segment segment, byte[] copy, int footerAt, int index) {
    var digest = new ShardDigest(FooterSearch.header(segment, index));
    digest.update(copy, ShardHeader.BYTES, footerAt - ShardHeader.BYTES);
    return digest.finish().equals(segment.shardSha256().get(index));
  }
}
