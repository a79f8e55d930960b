package io.kintsugi.format;

import static io.kintsugi.format.Samples.KEYS;
import static io.kintsugi.format.Samples.OTHER_WRITE;
import static io.kintsugi.format.Samples.WRITE;
import static io.kintsugi.format.ShardFault.Reason;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.format.ShardChecker.Depth;
import io.kintsugi.format.ShardChecker.Expected;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is judged of a shard by the bytes of its file alone.
final class ShardCheckerTest {
  private static final Geometry COPIES = new Geometry(1, 2);
  private static final Geometry WIDE = new Geometry(2, 1);
  private static final byte[] SMALL = Samples.files(WRITE, COPIES, Samples.data(300)).get(1);
  private static final Expected SMALL_EXPECTED =
      Expected.of(Samples.draft(WRITE, COPIES, 300).header(1));

  /// Three blocks for each shard, the last one short.
  private static final int LARGE_BYTES = 2 * 524_160 + 1001;

  private static final List<byte[]> LARGE = Samples.files(WRITE, WIDE, Samples.data(LARGE_BYTES));

  private static ShardReport check(Depth depth, Expected expected, byte[] file) {
    return ShardChecker.check(depth, expected, KEYS, file);
  }

  private static Expected named(WriteId id, int index) {
    return new Expected(id, index, null);
  }

  private static List<Reason> reasons(ShardReport report) {
    return report.faults().stream().map(ShardFault::reason).toList();
  }

  @ParameterizedTest
  @EnumSource(Depth.class)
  void aSoundShardIsHealthyAndTellsItsManifest(Depth depth) {
    for (int size : new int[] {0, 1, 300}) {
      var draft = Samples.draft(WRITE, COPIES, size);
      for (int index = 0; index < 3; index++) {
        var file = Samples.files(WRITE, COPIES, Samples.data(size)).get(index);
        for (var expected : List.of(named(WRITE, index), Expected.of(draft.header(index)))) {
          var report = check(depth, expected, file);
          assertThat(report.faults()).isEmpty();
          assertThat(report.verdict()).isEqualTo(ShardVerdict.HEALTHY);
          assertThat(report.header()).isEqualTo(draft.header(index));
          assertThat(report.manifest()).extracting(Manifest::draft).isEqualTo(draft);
        }
      }
    }
  }

  @Test
  void normalReadsHeaderAndFooterAndDeepEveryByteInOrder() {
    var file = LARGE.get(2);
    var header = Samples.draft(WRITE, WIDE, LARGE_BYTES).header(2);
    assertThat(wants(Depth.NORMAL, file))
        .containsExactly(
            new ShardChecker.Want(0, 4096),
            new ShardChecker.Want(header.striping().footerOffset(), header.footerBytes()));
    assertThat(wants(Depth.DEEP, file))
        .containsExactly(
            new ShardChecker.Want(0, 4096),
            new ShardChecker.Want(4096, 262_144),
            new ShardChecker.Want(4096 + 262_144, 262_144),
            new ShardChecker.Want(4096 + 2 * 262_144, 64 + 501),
            new ShardChecker.Want(header.striping().footerOffset(), header.footerBytes()));
  }

  private static List<ShardChecker.Want> wants(Depth depth, byte[] file) {
    var checker = new ShardChecker(depth, named(WRITE, 2), KEYS, file.length);
    var wants = new ArrayList<ShardChecker.Want>();
    for (var want = checker.next(); want != null; want = checker.next()) {
      wants.add(want);
      checker.accept(file, (int) want.offset(), want.length());
    }
    assertThat(checker.report().verdict()).isEqualTo(ShardVerdict.HEALTHY);
    return wants;
  }

  /// Every byte, each in one bit; that no other bit passes is shown for header, block and footer by
  /// themselves.
  @Test
  void deepFindsAFlippedBitInEveryByte() {
    for (int at = 0; at < SMALL.length; at++) {
      var file = SMALL.clone();
      file[at] ^= (byte) (1 << at % 8);
      var report = check(Depth.DEEP, SMALL_EXPECTED, file);
      assertThat(report.verdict()).as("byte %d", at).isEqualTo(ShardVerdict.CORRUPT);
      assertThat(report.faults().getFirst().offset()).isLessThanOrEqualTo(at);
    }
  }

  /// The same, when nothing but the name is known.
  @Test
  void deepFindsEveryChangedByteWithoutTheCatalog() {
    for (int at = 0; at < SMALL.length; at++) {
      var file = SMALL.clone();
      file[at] ^= (byte) 0xff;
      assertThat(check(Depth.DEEP, named(WRITE, 1), file).verdict())
          .isEqualTo(ShardVerdict.CORRUPT);
    }
  }

  @ParameterizedTest
  @EnumSource(Depth.class)
  void everyTruncationAndEveryExtensionIsFound(Depth depth) {
    for (int length = 0; length < SMALL.length; length++) {
      var report = check(depth, SMALL_EXPECTED, Arrays.copyOf(SMALL, length));
      assertThat(report.verdict()).as("length %d", length).isEqualTo(ShardVerdict.CORRUPT);
    }
    var longer = Arrays.copyOf(SMALL, SMALL.length + 1);
    assertThat(reasons(check(depth, SMALL_EXPECTED, longer))).containsExactly(Reason.WRONG_SIZE);
    assertThat(check(depth, SMALL_EXPECTED, longer).verdict()).isEqualTo(ShardVerdict.CORRUPT);
  }

  @Test
  void namesTheBlocksThatAreBad() {
    var file = LARGE.getFirst().clone();
    file[4096 + 262_144 + 5000] ^= 1;
    assertThat(check(Depth.DEEP, named(WRITE, 0), file).faults())
        .containsExactly(new ShardFault(Reason.BLOCK_CHECKSUM, 4096 + 262_144, 1));
    assertThat(check(Depth.NORMAL, named(WRITE, 0), file).verdict())
        .isEqualTo(ShardVerdict.HEALTHY);
  }

  @Test
  void soundBlocksInEachOthersPlaceAreFound() {
    var file = LARGE.getFirst().clone();
    System.arraycopy(LARGE.getFirst(), 4096, file, 4096 + 262_144, 262_144);
    System.arraycopy(LARGE.getFirst(), 4096 + 262_144, file, 4096, 262_144);
    var report = check(Depth.DEEP, named(WRITE, 0), file);
    assertThat(reasons(report)).containsExactly(Reason.BLOCK_MISPLACED, Reason.BLOCK_MISPLACED);
    assertThat(report.verdict()).isEqualTo(ShardVerdict.CORRUPT);
  }

  /// A broken header does not hide which blocks are good, if the row tells where they lie.
  @Test
  void blocksAreJudgedUnderABrokenHeader() {
    var file = LARGE.getFirst().clone();
    file[20] ^= 1;
    var expected = Expected.of(Samples.draft(WRITE, WIDE, LARGE_BYTES).header(0));
    var report = check(Depth.DEEP, expected, file);
    assertThat(reasons(report)).containsExactly(Reason.HEADER_CHECKSUM);
    assertThat(report.manifest()).isNotNull();
    assertThat(report.manifestOnly()).isTrue();
    assertThat(check(Depth.FORENSIC, expected, file).manifestOnly()).isTrue();
    assertThat(check(Depth.NORMAL, expected, file).manifestOnly()).isFalse();
    file[4096 + 70] ^= 1;
    assertThat(check(Depth.DEEP, expected, file).manifestOnly()).isFalse();
  }

  /// Without the row the footer tells where they lie.
  @Test
  void aFooterTellsTheLayoutUnderABrokenHeader() {
    var file = LARGE.get(2).clone();
    file[20] ^= 1;
    var byName = named(WRITE, 2);
    var blind = check(Depth.DEEP, byName, file);
    assertThat(reasons(blind)).containsExactly(Reason.HEADER_CHECKSUM);
    assertThat(blind.blocksSound()).isFalse();
    int length = Footer.lengthByTrailer(Arrays.copyOfRange(file, file.length - 48, file.length));
    var footer = Arrays.copyOfRange(file, file.length - length, file.length);
    var learnt = byName.learn(footer, KEYS);
    assertThat(learnt.header()).isEqualTo(Samples.draft(WRITE, WIDE, LARGE_BYTES).header(2));
    assertThat(check(Depth.DEEP, learnt, file).manifestOnly()).isTrue();
    assertThat(named(OTHER_WRITE, 2).learn(footer, KEYS).header()).isNull();
    assertThat(named(WRITE, 3).learn(footer, KEYS).header()).isNull();
    assertThat(byName.learn(footer, KeyRing.of(Samples.OTHER_KEY)).header()).isNull();
    assertThat(Footer.lengthByTrailer(new byte[48])).isEqualTo(-1);
    assertThat(Footer.lengthByTrailer(new byte[47])).isEqualTo(-1);
  }

  @Test
  void aDamagedOrMissingFooterOverSoundBlocksIsOfTheManifestAlone() {
    var damaged = SMALL.clone();
    damaged[SMALL.length - 5] ^= 1;
    var report = check(Depth.DEEP, SMALL_EXPECTED, damaged);
    assertThat(report.manifestOnly()).isTrue();
    assertThat(report.footerMissing()).isFalse();
    assertThat(report.detail()).isEqualTo("footer mac at 4460");
    var cut = check(Depth.DEEP, SMALL_EXPECTED, Arrays.copyOf(SMALL, 4096 + 364));
    assertThat(cut.manifestOnly()).isTrue();
    assertThat(cut.footerMissing()).isTrue();
    assertThat(cut.detail()).isEqualTo("wrong size at 4460, 1 more");
    var deeper = check(Depth.DEEP, SMALL_EXPECTED, Arrays.copyOf(SMALL, 4096 + 363));
    assertThat(deeper.manifestOnly()).isFalse();
    assertThat(deeper.footerMissing()).isTrue();
    assertThat(check(Depth.DEEP, SMALL_EXPECTED, SMALL).detail()).isNull();
  }

  @Test
  void aSoundShardOfAnotherWriteIsStaleOnlyAfterEveryBlock() {
    var expected = named(OTHER_WRITE, 1);
    assertThat(check(Depth.DEEP, expected, SMALL).verdict()).isEqualTo(ShardVerdict.STALE);
    assertThat(check(Depth.FORENSIC, expected, SMALL).verdict()).isEqualTo(ShardVerdict.STALE);
    var normal = check(Depth.NORMAL, expected, SMALL);
    assertThat(normal.verdict()).isEqualTo(ShardVerdict.CORRUPT);
    assertThat(normal.mayBeStale()).isTrue();
    for (int at = 0; at < SMALL.length; at += 3) {
      var file = SMALL.clone();
      file[at] ^= 0x10;
      assertThat(check(Depth.DEEP, expected, file).verdict()).isEqualTo(ShardVerdict.CORRUPT);
    }
  }

  @ParameterizedTest
  @EnumSource(Depth.class)
  void theRightWriteUnderTheWrongIndexIsCorrupt(Depth depth) {
    var report = check(depth, named(WRITE, 2), SMALL);
    assertThat(report.verdict()).isEqualTo(ShardVerdict.CORRUPT);
    assertThat(reasons(report)).containsExactly(Reason.OTHER_INDEX);
    assertThat(report.mayBeStale()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Depth.class)
  void anUnknownKeyIsUnknownAndNeitherHealthyNorDamage(Depth depth) {
    for (var expected : List.of(SMALL_EXPECTED, named(OTHER_WRITE, 1))) {
      var report = ShardChecker.check(depth, expected, KeyRing.of(Samples.OTHER_KEY), SMALL);
      assertThat(report.verdict()).isEqualTo(ShardVerdict.UNKNOWN);
      assertThat(report.manifest()).isNull();
    }
  }

  @Test
  void aBadBlockIsCorruptUnderAnyKey() {
    var file = SMALL.clone();
    file[4096 + 100] ^= 1;
    assertThat(
            ShardChecker.check(Depth.DEEP, SMALL_EXPECTED, KeyRing.of(Samples.OTHER_KEY), file)
                .verdict())
        .isEqualTo(ShardVerdict.CORRUPT);
  }

  @Test
  void aHeaderOfALaterFormatIsUnknown() {
    var file = SMALL.clone();
    file[9] = 2;
    file[1000] = 1;
    var sum = new CRC32C();
    sum.update(file, 0, 124);
    ByteBuffer.wrap(file).putInt(124, (int) sum.getValue());
    assertThat(check(Depth.DEEP, SMALL_EXPECTED, file).verdict()).isEqualTo(ShardVerdict.UNKNOWN);
  }

  @Test
  void anotherLengthThanTheRowTellsIsCorrupt() {
    var expected = Expected.of(Samples.draft(WRITE, COPIES, 301).header(1));
    assertThat(reasons(check(Depth.NORMAL, expected, SMALL)))
        .containsExactly(Reason.HEADER_MISMATCH);
  }

  @Test
  void aSoundFooterOfAnotherWriteIsCorrupt() {
    var other = Samples.files(OTHER_WRITE, COPIES, Samples.data(300)).get(1);
    int footerAt = 4096 + 364;
    var mixed =
        Samples.concat(
            Arrays.copyOf(SMALL, footerAt), Arrays.copyOfRange(other, footerAt, other.length));
    assertThat(reasons(check(Depth.NORMAL, SMALL_EXPECTED, mixed)))
        .containsExactly(Reason.FOOTER_MISMATCH);
  }

  /// Sound blocks of other data under the right identity: only the manifest's digest tells.
  @Test
  void forensicComparesTheWholeShardWithTheManifest() {
    var data = Samples.data(300);
    data[7]++;
    var other = Samples.files(WRITE, COPIES, data).get(1);
    int footerAt = 4096 + 364;
    var mixed =
        Samples.concat(
            Arrays.copyOf(other, footerAt), Arrays.copyOfRange(SMALL, footerAt, SMALL.length));
    assertThat(check(Depth.DEEP, SMALL_EXPECTED, mixed).verdict()).isEqualTo(ShardVerdict.HEALTHY);
    var report = check(Depth.FORENSIC, SMALL_EXPECTED, mixed);
    assertThat(report.verdict()).isEqualTo(ShardVerdict.CORRUPT);
    assertThat(reasons(report)).containsExactly(Reason.DIGEST_MISMATCH);
  }

  @Test
  void aNameThatIsNotThereIsMissingOnlyUnderAVerifiedMarker() {
    assertThat(ShardVerdict.ofAbsentName(true)).isEqualTo(ShardVerdict.MISSING);
    assertThat(ShardVerdict.ofAbsentName(false)).isEqualTo(ShardVerdict.UNREACHABLE);
  }

  @Test
  void aReportOfManyFaultsIsBoundedButCountsThemAll() {
    var geometry = new Geometry(1, 0);
    int blocks = 300;
    var header = ShardHeader.of(WRITE, 0, new Striping(geometry, blocks * 262_080L), 500);
    var checker = new ShardChecker(Depth.DEEP, Expected.of(header), KEYS, header.fileBytes());
    var zeros = new byte[ShardChecker.MAX_WANT_BYTES];
    checker.accept(header.encodeFileHead(), 0, 4096);
    for (var want = checker.next(); want != null; want = checker.next()) {
      checker.accept(zeros, 0, want.length());
    }
    assertThat(checker.report().faultCount()).isEqualTo(blocks + 1);
    assertThat(checker.report().faults()).hasSize(ShardChecker.MAX_FAULTS);
  }

  /// Whatever a disk returns, the answer is a verdict and never an exception.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void anyBytesAreJudged(long seed) {
    var random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      var file = new byte[random.nextInt(2 * SMALL.length)];
      random.nextBytes(file);
      int sound = random.nextInt(Math.min(file.length, SMALL.length) + 1);
      System.arraycopy(SMALL, 0, file, 0, sound);
      if (sound >= 128 && random.nextBoolean()) {
        file[8 + random.nextInt(116)] = (byte) random.nextInt();
        var sum = new CRC32C();
        sum.update(file, 0, 124);
        ByteBuffer.wrap(file).putInt(124, (int) sum.getValue());
      }
      assertThat(
              check(random.nextBoolean() ? Depth.NORMAL : Depth.FORENSIC, named(WRITE, 1), file)
                  .verdict())
          .isIn(ShardVerdict.CORRUPT, ShardVerdict.UNKNOWN);
    }
  }

  /// A stream cut anywhere, in pieces of any size, is judged like the file.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aStreamIsJudgedLikeTheFile(long seed) {
    var random = new Random(seed);
    var file = LARGE.get(random.nextInt(3));
    for (var depth : Depth.values()) {
      int length = random.nextBoolean() ? file.length : random.nextInt(file.length);
      var cut = Arrays.copyOf(file, length);
      if (length > 0 && random.nextBoolean()) {
        cut[random.nextInt(length)] ^= 1;
      }
      var expected = Expected.of(Samples.draft(WRITE, WIDE, LARGE_BYTES).header(1));
      var stream = new ShardStream(new ShardChecker(depth, expected, KEYS, length));
      for (int at = 0; at < length; ) {
        int piece = Math.min(length - at, 1 + random.nextInt(300_000));
        stream.feed(cut, at, piece);
        at += piece;
      }
      assertThat(stream.finish()).isEqualTo(check(depth, expected, cut));
    }
  }
}
