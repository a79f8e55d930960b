package io.kintsugi.format;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Checks the file of one shard without holding it: it says which bytes it wants next and judges
/// them as they come.
///
/// Wants rise by offset and none is longer than [#MAX_WANT_BYTES], so one buffer serves all: `for
/// (var want = checker.next(); want != null; want = checker.next()) checker.accept(buffer, 0,
/// readFully(want))`. Who has the bytes as a stream uses [ShardStream]. One instance checks one
/// shard.
public final class ShardChecker {
  public static final int MAX_WANT_BYTES = Striping.BLOCK_BYTES;

  /// How many faults a report lists; beyond, they are only counted.
  public static final int MAX_FAULTS = 256;

  private final Depth depth;
  private final Expected expected;
  private final KeyRing keys;
  private final long fileBytes;

  private final List<ShardFault> faults = new ArrayList<>();
  private final Set<ShardFault.Reason> reasons = EnumSet.noneOf(ShardFault.Reason.class);
  private long faultCount;
  private Step step = Step.HEADER;
  private int nextBlock;
  private boolean blocksSound;
  private @Nullable ShardHeader found;
  private @Nullable ShardHeader layout;
  private @Nullable Manifest manifest;
  private @Nullable String footerSha256;
  private @Nullable ShardDigest digest;
  private @Nullable String shardSha256;

  /// How much is read. Quick, which reads no byte of a shard, is a matter of names and sizes.
  public enum Depth {
    /// Header and footer.
    NORMAL,
    /// Also every block.
    DEEP,
    /// Also the SHA-256 of the whole against the manifest.
    FORENSIC;

    public boolean readsBlocks() {
      return this != NORMAL;
    }
  }

  private enum Step {
    HEADER,
    BLOCKS,
    FOOTER,
    DONE
  }

  /// Bytes that are wanted of the file. The file may end before them.
  public record Want(long offset, int length) {}

  /// What should be there: whose shard, and, if the catalog was asked, its whole header.
  public record Expected(WriteId writeId, int index, @Nullable ShardHeader header) {
    /// All that a name tells.
    public static Expected of(Names.ShardName name) {
      return new Expected(name.writeId(), name.index(), null);
    }

    /// All that the catalog's rows tell.
    public static Expected of(ShardHeader header) {
      return new Expected(header.writeId(), header.index(), header);
    }

    /// The same shard, with the header that a sound footer of its write tells; unchanged if the
    /// footer is not.
    ///
    /// So the blocks under a broken header can be judged without the catalog
    /// ([Footer#lengthByTrailer] finds the footer).
    public Expected learn(byte[] footer, KeyRing keys) {
      if (Footer.decode(footer, keys) instanceof Footer.Decoded.Ok(var manifest)
          && manifest.draft().writeId().equals(writeId)
          && index < manifest.draft().geometry().n()) {
        return of(manifest.draft().header(index));
      }
      return this;
    }
  }

  public ShardChecker(Depth depth, Expected expected, KeyRing keys, long fileBytes) {
    this.depth = depth;
    this.expected = expected;
    this.keys = keys;
    this.fileBytes = fileBytes;
  }

  /// The bytes wanted next, or null if all is judged. Asking twice gives the same answer.
  public @Nullable Want next() {
    var shard = layout;
    if (step == Step.HEADER) {
      return new Want(0, Striping.FILE_HEADER_BYTES);
    }
    if (step == Step.DONE || shard == null) {
      return null;
    }
    var striping = shard.striping();
    return step == Step.BLOCKS
        ? new Want(striping.blockOffset(nextBlock), striping.blockBytes(nextBlock))
        : new Want(striping.footerOffset(), shard.footerBytes());
  }

  /// Takes the bytes of [#next]; fewer than wanted mean that the file ends there.
  public void accept(byte[] source, int offset, int length) {
    var want = next();
    if (want == null || length > want.length()) {
      throw new IllegalStateException("nobody wanted so many bytes");
    }
    switch (step) {
      case HEADER -> judgeHeader(source, offset, length);
      case BLOCKS -> judgeBlock(want, source, offset, length);
      case FOOTER -> judgeFooter(want, source, offset, length);
      case DONE -> throw new IllegalStateException("the check is over");
    }
  }

  /// What was found, once [#next] has nothing left to want.
  public ShardReport report() {
    if (next() != null) {
      throw new IllegalStateException("the check is not over");
    }
    return new ShardReport(
        ShardVerdict.of(reasons, depth),
        depth,
        faults,
        faultCount,
        found,
        manifest,
        footerSha256,
        shardSha256,
        blocksSound,
        footerMissing());
  }

  /// Checks a whole file that is in memory.
  public static ShardReport check(Depth depth, Expected expected, KeyRing keys, byte[] file) {
    var checker = new ShardChecker(depth, expected, keys, file.length);
    for (var want = checker.next(); want != null; want = checker.next()) {
      int offset = (int) Math.min(want.offset(), file.length);
      checker.accept(file, offset, Math.min(want.length(), file.length - offset));
    }
    return checker.report();
  }

  private void judgeHeader(byte[] source, int offset, int length) {
    if (length >= ShardHeader.BYTES) {
      judgeHeaderFields(source, offset);
      int gap = length - ShardHeader.BYTES;
      int wrong = ShardHeader.firstNonZero(source, offset + ShardHeader.BYTES, gap);
      if (wrong >= 0 && !reasons.contains(ShardFault.Reason.HEADER_FORMAT_UNKNOWN)) {
        fault(ShardFault.Reason.HEADER_PADDING, (long) ShardHeader.BYTES + wrong);
      }
    }
    if (length < Striping.FILE_HEADER_BYTES) {
      fault(ShardFault.Reason.TRUNCATED, length);
    }
    // Without a header of its own the row's will do: which blocks are still good decides how it is
    // mended.
    layout = found != null ? found : expected.header();
    var shard = layout;
    if (shard == null || reasons.contains(ShardFault.Reason.HEADER_FORMAT_UNKNOWN)) {
      step = Step.DONE;
      return;
    }
    if (fileBytes != shard.fileBytes()) {
      fault(ShardFault.Reason.WRONG_SIZE, Math.min(fileBytes, shard.fileBytes()));
    }
    digest = depth == Depth.FORENSIC ? new ShardDigest(shard) : null;
    blocksSound = depth.readsBlocks() || shard.blocks() == 0;
    step = depth.readsBlocks() && shard.blocks() > 0 ? Step.BLOCKS : Step.FOOTER;
  }

  private void judgeHeaderFields(byte[] source, int offset) {
    switch (ShardHeader.decode(source, offset)) {
      case ShardHeader.Decoded.Bad(var problem) -> fault(ShardFault.ofHeader(problem), 0);
      case ShardHeader.Decoded.Ok(var header) -> {
        found = header;
        if (!header.writeId().equals(expected.writeId())) {
          fault(ShardFault.Reason.OTHER_WRITE, 0);
        } else if (header.index() != expected.index()) {
          fault(ShardFault.Reason.OTHER_INDEX, 0);
        } else if (expected.header() != null && !header.equals(expected.header())) {
          fault(ShardFault.Reason.HEADER_MISMATCH, 0);
        }
      }
    }
  }

  private void judgeBlock(Want want, byte[] source, int offset, int length) {
    var shard = layout();
    if (length < want.length()) {
      fault(new ShardFault(ShardFault.Reason.TRUNCATED, want.offset() + length, nextBlock));
      blocksSound = false;
      step = Step.DONE;
      return;
    }
    var verdict = Block.verify(source, offset, length, shard, nextBlock);
    if (verdict != Block.Verdict.GOOD) {
      fault(new ShardFault(ShardFault.ofBlock(verdict), want.offset(), nextBlock));
      blocksSound = false;
    }
    if (digest != null) {
      digest.update(source, offset, length);
    }
    nextBlock++;
    step = nextBlock < shard.blocks() ? Step.BLOCKS : Step.FOOTER;
  }

  private void judgeFooter(Want want, byte[] source, int offset, int length) {
    step = Step.DONE;
    if (length < want.length()) {
      fault(ShardFault.Reason.TRUNCATED, want.offset() + length);
      return;
    }
    footerSha256 = ShardDigest.ofFooter(source, offset, length);
    switch (Footer.decode(source, offset, length, keys)) {
      case Footer.Decoded.Ok(var read) -> judgeManifest(want, read);
      case Footer.Decoded.BadChecksum() -> fault(ShardFault.Reason.FOOTER_CHECKSUM, want.offset());
      case Footer.Decoded.BadMac() -> fault(ShardFault.Reason.FOOTER_MAC, want.offset());
      case Footer.Decoded.UnknownKey _ ->
          fault(ShardFault.Reason.FOOTER_KEY_UNKNOWN, want.offset());
      case Footer.Decoded.UnknownFormat() ->
          fault(ShardFault.Reason.FOOTER_FORMAT_UNKNOWN, want.offset());
      case Footer.Decoded.Malformed _ -> fault(ShardFault.Reason.FOOTER_MALFORMED, want.offset());
    }
    if (digest != null) {
      judgeDigest(digest.finish());
    }
  }

  private void judgeManifest(Want want, Manifest read) {
    manifest = read;
    if (!read.describes(layout())) {
      fault(ShardFault.Reason.FOOTER_MISMATCH, want.offset());
    }
  }

  private void judgeDigest(String sum) {
    shardSha256 = sum;
    var told = manifest;
    if (told != null && told.describes(layout())) {
      if (!told.shardSha256().get(layout().index()).equals(sum)) {
        fault(ShardFault.Reason.DIGEST_MISMATCH, 0);
        blocksSound = false;
      }
    }
  }

  private boolean footerMissing() {
    var shard = layout;
    long footerAt = shard == null ? Striping.FILE_HEADER_BYTES : shard.striping().footerOffset();
    return fileBytes <= footerAt;
  }

  private ShardHeader layout() {
    var shard = layout;
    if (shard == null) {
      throw new IllegalStateException("no block or footer is judged without a layout");
    }
    return shard;
  }

  private void fault(ShardFault.Reason reason, long offset) {
    fault(new ShardFault(reason, offset, ShardFault.NO_BLOCK));
  }

  private void fault(ShardFault fault) {
    reasons.add(fault.reason());
    faultCount++;
    if (faults.size() < MAX_FAULTS) {
      faults.add(fault);
    }
  }
}
