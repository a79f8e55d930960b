package io.kintsugi.origin;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.Packed;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Footer;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardChecker;
import io.kintsugi.format.ShardFault;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.ShardReport;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.Pure;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Says what was found of a shard in the words of the contract.
@Pure
final class Finding {
  /// No shard's file is shorter: header area and the least of footers.
  static final long LEAST_BYTES = Striping.FILE_HEADER_BYTES + Footer.TRAILER_BYTES + 1L;

  private static final int FAULTS_TOLD = 4;

  private Finding() {}

  /// What name and size alone tell.
  static ShardFinding ofSize(String name, long sizeBytes) {
    boolean possible = sizeBytes >= LEAST_BYTES;
    return new ShardFinding(
        name,
        sizeBytes,
        possible ? Evidence.HEALTHY : Evidence.CORRUPT,
        possible ? null : "shorter than any shard",
        false,
        !possible,
        null,
        0);
  }

  /// What the size of its pack alone tells of a shard.
  static ShardFinding ofSize(String name, Packed packed, long packBytes) {
    long present = Math.clamp(packBytes - packed.offset(), 0, packed.sizeBytes());
    long sizeBytes = PackRecord.fileBytes(present);
    var why =
        present < packed.sizeBytes()
            ? "the pack ends before it does"
            : sizeBytes < LEAST_BYTES ? "shorter than any shard" : null;
    return new ShardFinding(
        name,
        sizeBytes,
        why == null ? Evidence.HEALTHY : Evidence.CORRUPT,
        why == null ? null : why + place(packed),
        false,
        sizeBytes < LEAST_BYTES,
        null,
        0);
  }

  private static String place(Packed packed) {
    return ", at " + packed.offset() + " of " + packed.pack();
  }

  /// What reading told.
  ///
  /// @param packed null: a file of its own
  /// @param layout by which the blocks were judged; null if nothing told it
  static ShardFinding of(
      String name,
      @Nullable Packed packed,
      long sizeBytes,
      ShardReport report,
      @Nullable ShardHeader layout,
      long readBytes) {
    var evidence = Evidence.valueOf(report.verdict().name());
    boolean blocksSound =
        evidence == Evidence.CORRUPT
            && report.depth().readsBlocks()
            && layout != null
            && report.faultCount() == report.faults().size()
            && report.faults().stream().allMatch(fault -> sparesBlocks(fault, layout));
    return new ShardFinding(
        name,
        sizeBytes,
        evidence,
        packed == null || report.faults().isEmpty()
            ? detail(report)
            : report.detail() + place(packed),
        blocksSound,
        layout == null ? sizeBytes < LEAST_BYTES : sizeBytes <= layout.striping().footerOffset(),
        report.manifest() == null ? null : report.footerSha256(),
        readBytes);
  }

  private static boolean sparesBlocks(ShardFault fault, ShardHeader layout) {
    return switch (fault.reason()) {
      case HEADER_MAGIC, HEADER_CHECKSUM, HEADER_FIELDS, HEADER_PADDING, HEADER_MISMATCH -> true;
      case FOOTER_CHECKSUM, FOOTER_MAC, FOOTER_MALFORMED, FOOTER_MISMATCH -> true;
      case TRUNCATED, WRONG_SIZE -> fault.offset() >= layout.striping().footerOffset();
      case BLOCK_MAGIC, BLOCK_CHECKSUM, BLOCK_MISPLACED, BLOCK_FIELDS, DIGEST_MISMATCH -> false;
      case HEADER_FORMAT_UNKNOWN, FOOTER_FORMAT_UNKNOWN, FOOTER_KEY_UNKNOWN -> false;
      case OTHER_WRITE, OTHER_INDEX -> false;
    };
  }

  private static @Nullable String detail(ShardReport report) {
    if (report.faults().isEmpty()) {
      return null;
    }
    var told =
        report.faults().stream()
            .limit(FAULTS_TOLD)
            .map(fault -> fault.reason() + "@" + fault.offset())
            .collect(Collectors.joining(" "));
    return report.faultCount() > FAULTS_TOLD ? told + " of " + report.faultCount() : told;
  }

  /// A name that is not there.
  static ShardFinding absent(String name, String why, boolean markerVerifiedAfterwards) {
    return markerVerifiedAfterwards
        ? nothingRead(name, Evidence.MISSING, why)
        : nothingRead(name, Evidence.UNREACHABLE, why + ", and the origin is not ours now");
  }

  /// A shard that could not be read: nothing follows from that.
  static ShardFinding unreachable(String name, String why) {
    return nothingRead(name, Evidence.UNREACHABLE, why);
  }

  static ShardFinding unreachable(String name, Fault fault) {
    return unreachable(name, fault.text());
  }

  private static ShardFinding nothingRead(String name, Evidence evidence, String why) {
    return new ShardFinding(name, 0, evidence, why, false, false, null, 0);
  }

  /// A shard that is sound, but of which another footer was committed.
  static ShardFinding otherFooter(ShardFinding sound, Packed packed, Depth depth) {
    return new ShardFinding(
        sound.name(),
        sound.sizeBytes(),
        Evidence.CORRUPT,
        "its footer is not the one that was committed" + place(packed),
        reading(depth).readsBlocks(),
        false,
        sound.footerSha256(),
        sound.readBytes());
  }

  /// How the format's checker calls a depth that reads.
  static ShardChecker.Depth reading(Depth depth) {
    return switch (depth) {
      case QUICK, NORMAL -> ShardChecker.Depth.NORMAL;
      case DEEP -> ShardChecker.Depth.DEEP;
      case FORENSIC -> ShardChecker.Depth.FORENSIC;
    };
  }
}
