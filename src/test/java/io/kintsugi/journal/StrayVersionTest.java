package io.kintsugi.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.Location;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.Manifest;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.format.WriteId;
import io.kintsugi.journal.FooterReading.Sound;
import io.kintsugi.journal.NameWalk.Copy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What a rebuild makes of shards that no change tells of (G1).
class StrayVersionTest {
  private static final WriteId FIRST = new WriteId(7, 1);
  private static final WriteId ANEW = new WriteId(7, 9);
  private static final List<String> ORIGINS = List.of("a", "b", "c", "d", "e");

  /// Shards of one writing of one object of a single segment.
  private static List<Sound> shards(WriteId writeId, Geometry geometry, int count) {
    var draft =
        new ManifestDraft(
            writeId,
            "photos",
            "key",
            FIRST.toString(),
            null,
            ManifestDraft.Segment.only(500_000),
            Instant.parse("2026-01-01T00:00:00Z"),
            ManifestDraft.Attributes.of("image/jpeg", Map.of(), Map.of()),
            geometry);
    var sums = new ArrayList<String>();
    for (int index = 0; index < geometry.n(); index++) {
      sums.add("%02x".formatted(index).repeat(32));
    }
    var manifest = new Manifest(draft, "0".repeat(32), null, sums);
    var shards = new ArrayList<Sound>();
    for (int index = 0; index < count; index++) {
      var name = new ShardName(writeId, index, new WriteId(8, index));
      var copy = new Copy(ORIGINS.get(index), "life", name, 1000L * geometry.k(), null);
      shards.add(new Sound(copy, manifest, 1024, writeId.toString()));
    }
    return shards;
  }

  private static String adopted(List<Sound> shards) {
    var judged = StrayVersion.judge(shards, ORIGINS);
    var version = Objects.requireNonNull(judged.version(), String.valueOf(judged.refusal()));
    assertThat(version.versionId()).isEqualTo(FIRST.toString());
    return version.segments().getFirst().writeId();
  }

  @Test
  void whatLacksShardsIsAdoptedAndTheyAreSaidToBeMissing() {
    var judged = StrayVersion.judge(shards(FIRST, new Geometry(3, 2), 3), ORIGINS);
    assertThat(Objects.requireNonNull(judged.version()).segments().getFirst().locations())
        .extracting(Location::landed)
        .containsExactly(true, true, true, false, false);
  }

  @Test
  void tooFewShardsAreNoVersion() {
    var judged = StrayVersion.judge(shards(FIRST, new Geometry(3, 2), 2), ORIGINS);
    assertThat(judged.version()).isNull();
    assertThat(judged.refusal()).contains("segment 0 is not whole");
  }

  @Test
  void ofASegmentThatWasLaidAnewOneWritingIsEnough() {
    var narrow = shards(FIRST, new Geometry(2, 2), 4);
    var wide = shards(ANEW, new Geometry(3, 2), 5);
    var both = new ArrayList<>(narrow);
    both.addAll(wide);
    assertThat(adopted(both)).isEqualTo(FIRST.toString());
    var begun = new ArrayList<>(narrow);
    begun.addAll(wide.subList(0, 2));
    assertThat(adopted(begun)).isEqualTo(FIRST.toString());
    var collected = new ArrayList<>(narrow.subList(0, 1));
    collected.addAll(wide);
    assertThat(adopted(collected)).isEqualTo(ANEW.toString());
  }
}
