package io.kintsugi.format;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a check of one shard found.
///
/// @param faults the first faults, in the order of the file; `faultCount` counts all
/// @param header as read, if it is sound
/// @param manifest as read, if the footer is sound and its MAC good
/// @param footerSha256 of the footer as read, to be compared with the catalog's
/// @param shardSha256 of header and blocks, of a forensic check that reached the end
public record ShardReport(
    ShardVerdict verdict,
    ShardChecker.Depth depth,
    List<ShardFault> faults,
    long faultCount,
    @Nullable ShardHeader header,
    @Nullable Manifest manifest,
    @Nullable String footerSha256,
    @Nullable String shardSha256) {
  public ShardReport {
    faults = List.copyOf(faults);
  }

  /// Whether a deeper check could find that this is not damage but another write's sound shard.
  public boolean mayBeStale() {
    return verdict == ShardVerdict.CORRUPT
        && !depth.readsBlocks()
        && faults.stream().anyMatch(fault -> fault.reason() == ShardFault.Reason.OTHER_WRITE)
        && faults.stream().allMatch(fault -> fault.reason().kind() == ShardFault.Kind.IDENTITY);
  }
}
