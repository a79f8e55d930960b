package io.kintsugi.format;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a check of one shard found.
///
/// @param faults the first faults, in the order of the file; `faultCount` counts all
/// @param header as read, if it is sound
/// @param manifest as read, if the footer is sound and its MAC good
/// @param footerSha256 of the footer as read, to be compared with the catalog's
/// @param blocksSound every block was read and is good, whatever header and footer are; never true
///   of a normal check of a shard that has blocks
/// @param footerMissing the file ends before its footer begins
/// @param shardSha256 of header and blocks, of a forensic check that reached the end
public record ShardReport(
    ShardVerdict verdict,
    ShardChecker.Depth depth,
    List<ShardFault> faults,
    long faultCount,
    @Nullable ShardHeader header,
    @Nullable Manifest manifest,
    @Nullable String footerSha256,
    @Nullable String shardSha256,
    boolean blocksSound,
    boolean footerMissing) {
  public ShardReport {
    faults = List.copyOf(faults);
  }

  /// Whether header or footer alone are damaged, so that they can be mended without rebuilding a
  /// block.
  public boolean manifestOnly() {
    return verdict == ShardVerdict.CORRUPT
        && blocksSound
        && faults.stream().allMatch(fault -> fault.reason().isOfManifest());
  }

  /// The first fault in words, or null if there is none.
  public @Nullable String detail() {
    if (faults.isEmpty()) {
      return null;
    }
    var first = faults.getFirst();
    String where = first.block() == ShardFault.NO_BLOCK ? "" : " (block " + first.block() + ")";
    String more = faultCount == 1 ? "" : ", " + (faultCount - 1) + " more";
    return first.reason().inWords() + " at " + first.offset() + where + more;
  }

  /// Whether a deeper check could find that this is not damage but another write's sound shard.
  public boolean mayBeStale() {
    return verdict == ShardVerdict.CORRUPT
        && !depth.readsBlocks()
        && faults.stream().anyMatch(fault -> fault.reason() == ShardFault.Reason.OTHER_WRITE)
        && faults.stream().allMatch(fault -> fault.reason().kind() == ShardFault.Kind.IDENTITY);
  }
}
