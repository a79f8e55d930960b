package io.kintsugi.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.KeyRing;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardChecker;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardVerdict;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The data path alone, its neighbours played over the bus (F2, F13).
class ObjectVerticleTest extends InHouse {
  @Test
  void whatIsPutComesBackToTheByte() throws Exception {
    int[] sizes = {
      0, 1, 63, 16_384, 131_071, 131_072, 131_073, STRIPE - 1, STRIPE, STRIPE + 1, 4 * STRIPE + 99
    };
    for (int size : sizes) {
      var body = House.random(size, size);
      var stored = house.put("k" + size, body);
      assertWhole("k" + size, body);
      assertThat(stored.info().etag()).isEqualTo(md5(body));
      assertThat(stored.info().metadata()).containsEntry("owner", "ann");
      var layout = size <= 131_072 ? new Layout(1, 2) : new Layout(3, 2);
      assertThat(house.segment("k" + size, 0).layout()).isEqualTo(layout);
      assertThat(house.segment("k" + size, 0).writeId()).isEqualTo(stored.versionId());
    }
    assertNoDamage();
  }

  @Test
  void everyShardOfAPutIsSoundInItself() {
    for (int size : new int[] {0, 1, 200_000, 2 * STRIPE + 1}) {
      house.put("k", House.random(size, size));
      var segment = house.segment("k", 0);
      var footers = new HashSet<String>();
      for (var at : segment.locations()) {
        var file = house.file(segment, at).getBytes();
        assertThat(at.landed()).isTrue();
        assertThat(file).hasSize((int) segment.shardBytes());
        var name = Names.parse(House.name(segment, at)).orElseThrow();
        var report =
            ShardChecker.check(
                ShardChecker.Depth.FORENSIC,
                ShardChecker.Expected.of(name),
                KeyRing.of(House.KEY),
                file);
        assertThat(report.verdict()).as("%s", report).isEqualTo(ShardVerdict.HEALTHY);
        int from = file.length - segment.footerBytes();
        footers.add(ShardDigest.ofFooter(Arrays.copyOfRange(file, from, file.length)));
      }
      assertThat(footers).containsExactly(segment.footerSha256());
    }
  }

  @Test
  void aLongObjectIsCutIntoSegments() throws Exception {
    redeploy(new Settings(1_000_000, 400, 3_000, 150, 200, 131_072, 2_000));
    var body = House.random(5, 3_000_000);
    var stored = house.put("long", body);
    var segments = Objects.requireNonNull(house.catalog.entry("long")).segments();
    assertThat(segments).extracting(Segment::offset).containsExactly(0L, 1_000_000L, 2_000_000L);
    assertThat(segments).extracting(Segment::ordinal).containsExactly(0, 1, 2);
    assertThat(stored.info().etag()).isEqualTo(md5(body));
    assertThat(manifest(segments.get(0)).etag()).isNull();
    assertThat(manifest(segments.get(2)).etag()).isEqualTo(md5(body));
    assertThat(manifest(segments.get(2)).objectSizeBytes()).isEqualTo(3_000_000);
    assertWhole("long", body);
    var got = house.get("long", 999_990L, 2_000_010L, null);
    assertThat(got.bytes()).isEqualTo(body.getBuffer(999_990, 2_000_011));
  }

  @Test
  void aRangeGivesItsBytesAndNoOthers() {
    int size = 3 * STRIPE + 777;
    var body = House.random(7, size);
    house.put("k", body);
    var random = new Random(7);
    for (int round = 0; round < 30; round++) {
      int first = random.nextInt(size);
      int last =
          round % 3 == 0 ? Math.min(size - 1, first + 9) : first + random.nextInt(size - first);
      var got = house.get("k", (long) first, (long) last, null);
      assertThat(got.head().offset()).isEqualTo(first);
      assertThat(got.bytes().equals(body.getBuffer(first, last + 1)))
          .as("%d-%d", first, last)
          .isTrue();
    }
    var suffix = house.get("k", null, null, 5L);
    assertThat(suffix.bytes()).isEqualTo(body.getBuffer(size - 5, size));
    var rest = house.get("k", size - 1L, 10L * size, null);
    assertThat(rest.bytes()).isEqualTo(body.getBuffer(size - 1, size));
  }

  @Test
  void aSmallRangeReadsOnlyTheCellsConcerned() {
    house.put("k", House.random(7, 3 * STRIPE));
    long before = house.origins.stream().mapToLong(origin -> origin.sentBytes.get()).sum();
    house.get("k", (long) STRIPE, STRIPE + 99L, null);
    long sent = house.origins.stream().mapToLong(origin -> origin.sentBytes.get()).sum() - before;
    assertThat(sent).isEqualTo(262_144);
  }

  @Test
  void aRangeBesideTheObjectIsRefusedWithItsSize() {
    house.put("k", House.random(1, 10));
    house.put("empty", Buffer.buffer());
    var failure = house.failing(() -> house.getting("k", 10L, null, null));
    assertThat(failure.code()).isEqualTo(FailureCode.INVALID_RANGE);
    assertThat(failure.detail("size")).isEqualTo("10");
    assertThat(house.failing(() -> house.getting("empty", 0L, null, null)).code())
        .isEqualTo(FailureCode.INVALID_RANGE);
    assertThat(house.failing(() -> house.getting("none", null, null, null)).code())
        .isEqualTo(FailureCode.NOT_FOUND);
  }

  @Test
  void severalInstancesWriteUnderSessionsOfTheirOwn() throws Exception {
    await(vertx.undeploy(deployed));
    house.catalog.sessions.set(0);
    deploy(SETTINGS, 64_000_000, 2);
    house.awaitUntil(() -> house.catalog.sessions.get() == 2);
    for (int i = 0; i < 6; i++) {
      var body = House.random(i, 1000);
      house.put("k" + i, body);
      assertWhole("k" + i, body);
    }
    assertThat(house.catalog.commits)
        .extracting(CommitObject::sessionId)
        .contains("0000123456789abd", "0000123456789abe");
    assertThat(house.catalog.commits).extracting(CommitObject::versionId).doesNotHaveDuplicates();
  }

  @Test
  void aPartIsStoredUnderItsUpload() throws Exception {
    var body = House.random(1, STRIPE + 5);
    var part = house.on(() -> house.puttingPart("k", FakeCatalog.UPLOAD, 7, body));
    assertThat(part.etag()).isEqualTo(md5(body));
    var commit = house.catalog.parts.getFirst();
    assertThat(commit.number()).isEqualTo(7);
    assertThat(commit.segments()).hasSize(1);
    var manifest = manifest(commit.segments().getFirst());
    assertThat(manifest.partMd5()).isEqualTo(md5(body));
    assertThat(manifest.draft().version()).isNull();
    assertThat(manifest.draft().attributes().metadata()).containsEntry("a", "b");
    var failure = house.failing(() -> house.puttingPart("k", "f".repeat(32), 7, body));
    assertThat(failure.detail("what")).isEqualTo("upload");
  }

  @Test
  void aCopyIsWrittenAnewFromVerifiedBytes() {
    var body = House.random(1, 2 * STRIPE + 5);
    house.put("k", body);
    house.flip(house.segment("k", 0), 0, 4096 + 300);
    var copied = house.on(() -> house.copying("k", "copy", null, null));
    assertThat(copied.info().metadata()).containsEntry("owner", "ann");
    assertWhole("copy", body);
    assertThat(house.segment("copy", 0).writeId()).isNotEqualTo(house.segment("k", 0).writeId());
    house.awaitUntil(() -> house.catalog.damages.size() == 1);
  }

  @Test
  void aCopyOntoItselfMayReplaceTheMetadata() {
    var body = House.random(1, 500);
    var before = house.put("k", body);
    var info = new ObjectInfo(0, "", "image/png", Map.of(), Map.of("owner", "bob"), Instant.EPOCH);
    var after = house.on(() -> house.copying("k", "k", null, info));
    assertThat(after.versionId()).isNotEqualTo(before.versionId());
    assertThat(after.info().etag()).isEqualTo(before.info().etag());
    assertThat(after.info().contentType()).isEqualTo("image/png");
    assertWhole("k", body);
  }

  @Test
  void aCopyIsRefusedIfItsSourceIsNotAsExpected() {
    house.put("k", House.random(1, 500));
    var other = new Condition("0".repeat(32), null);
    assertThat(house.failing(() -> house.copying("k", "copy", other, null)).code())
        .isEqualTo(FailureCode.PRECONDITION_FAILED);
    assertThat(house.catalog.entry("copy")).isNull();
  }

  @Test
  void aPartMayBeCopiedFromARange() throws Exception {
    var body = House.random(1, 2 * STRIPE);
    house.put("k", body);
    var part = house.on(() -> house.copyingPart("k", 100L, STRIPE + 99L));
    assertThat(part.sizeBytes()).isEqualTo(STRIPE);
    assertThat(part.etag()).isEqualTo(md5(body.getBuffer(100, STRIPE + 100)));
  }

  @Test
  void manyAtOnceWaitForRoomAndAllComeThrough() throws Exception {
    redeploy(SETTINGS, 3_000_000);
    var body = House.random(1, STRIPE);
    house.on(() -> {
      var puts = new ArrayList<Future<?>>();
      for (int i = 0; i < 12; i++) {
        puts.add(house.putting("k" + i, body, body.length(), Condition.NONE));
      }
      return Future.all(puts);
    });
    for (int i = 0; i < 12; i++) {
      assertWhole("k" + i, body);
    }
  }
}
