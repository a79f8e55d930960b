package io.kintsugi.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Copy;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.Failure;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What copies are to one another, and which of them is shown (B2).
class VersionTest {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NEW = Instant.parse("2026-02-01T00:00:00Z");
  private static final String ONE = "1".repeat(64);
  private static final String OTHER = "2".repeat(64);

  private static Seen seen(
      String origin, int priority, long size, Instant at, @Nullable String hash) {
    return seen(origin, priority, new FileStamp(size, at, "t"), hash, null);
  }

  private static Seen seen(
      String origin, int priority, FileStamp stamp, @Nullable String hash, @Nullable String rot) {
    var record = hash == null ? null : new FileRecord(origin, "k", stamp, hash, NEW, rot);
    return new Seen(new Source(origin, "", priority), 0, "k", stamp, record);
  }

  private static List<String> relations(Version version) {
    return version.copies().stream()
        .map(copy -> copy.seen().source().originId() + " " + copy.relation())
        .toList();
  }

  @Test
  @DisplayName("B2: copies of one size and hash are one entry with all its sources")
  void copiesOfOneHashAreTheSame() {
    var copies = List.of(seen("b", 20, 5, NEW, ONE), seen("a", 10, 5, OLD, ONE));
    for (var policy : List.of("priority", "keep_both")) {
      var versions = Version.of(copies, policy);
      assertThat(versions).hasSize(1);
      assertThat(relations(versions.getFirst())).containsExactly("a chosen", "b same");
    }
    assertThat(relations(Version.of(copies, "newest").getFirst()))
        .containsExactly("b chosen", "a same");
  }

  @Test
  void whatWasNotReadYetIsSaidToBeUnverified() {
    var copies = List.of(seen("a", 10, 5, OLD, ONE), seen("b", 20, 5, OLD, null));
    var version = Version.of(copies, "keep_both").getFirst();
    assertThat(relations(version)).containsExactly("a chosen", "b unverified");
    assertThat(version.copies(true)).hasSize(1);
    assertThat(version.copies(false)).hasSize(1);
  }

  @Test
  @DisplayName("B2: of copies that differ, the policy says which is shown, or that both are")
  void thePolicyDecidesBetweenCopiesThatDiffer() {
    var copies =
        List.of(
            seen("a", 10, 5, OLD, ONE),
            seen("b", 20, 5, NEW, OTHER),
            seen("c", 30, 5, NEW, OTHER),
            seen("d", 40, 6, OLD, null));
    assertThat(Version.of(copies, "priority").getFirst().lead().source().originId()).isEqualTo("a");
    assertThat(Version.of(copies, "newest").getFirst().lead().source().originId()).isEqualTo("b");
    var both = Version.of(copies, "keep_both");
    assertThat(both).extracting(v -> v.lead().source().originId()).containsExactly("a", "b", "d");
    assertThat(relations(both.get(1)))
        .containsExactly("b chosen", "a differs", "c same", "d differs");
  }

  @Test
  void aHashHoldsOnlyForTheVeryStateThatWasRead() {
    var read = new FileStamp(5, OLD, "t");
    var record = new FileRecord("a", "k", read, ONE, NEW, null);
    var source = new Source("a", "", 1);
    assertThat(new Seen(source, 0, "k", read, record).sha256()).isEqualTo(ONE);
    for (var now :
        List.of(
            new FileStamp(6, OLD, "t"), new FileStamp(5, NEW, "t"), new FileStamp(5, OLD, "u"))) {
      var seen = new Seen(source, 0, "k", now, record);
      assertThat(seen.sha256()).as(now.toString()).isNull();
      assertThat(seen.wantsReading()).isTrue();
    }
  }

  @Test
  void aRottenCopyStandsForNobodyWhileThereIsAnother() {
    var stamp = new FileStamp(5, OLD, "t");
    var rotten = seen("a", 10, stamp, ONE, OTHER);
    var sound = seen("b", 20, 5, OLD, ONE);
    assertThat(relations(Version.of(List.of(rotten, sound), "priority").getFirst()))
        .containsExactly("b chosen", "a rotten");
    assertThat(relations(Version.of(List.of(rotten), "priority").getFirst()))
        .containsExactly("a " + Copy.ROTTEN);
  }

  @Test
  @DisplayName("B2: a copy that may have been written to in secret gives way to one that is sure")
  void aDoubtfulCopyGivesWay() {
    var record = new FileRecord("a", "k", new FileStamp(5, OLD, "t"), ONE, NEW, null);
    var doubtful =
        new Seen(new Source("a", "", 10), 0, "k", new FileStamp(5, OLD, "other"), record);
    var sure = seen("b", 20, 5, NEW, ONE);
    assertThat(relations(Version.of(List.of(doubtful, sure), "priority").getFirst()))
        .containsExactly("b chosen", "a unverified");
    var other = seen("b", 20, 5, NEW, OTHER);
    assertThat(relations(Version.of(List.of(doubtful, other), "priority").getFirst()))
        .containsExactly("a chosen", "b unverified");
  }

  @Test
  void theTagOfAContentIsNotTakenForAnMd5AndChangesWithIt() {
    var hashed = Version.of(List.of(seen("a", 1, 5, OLD, ONE)), "priority").getFirst();
    var copied = Version.of(List.of(seen("b", 1, 5, NEW, ONE)), "priority").getFirst();
    var other = Version.of(List.of(seen("a", 1, 5, OLD, null)), "priority").getFirst();
    var later = Version.of(List.of(seen("a", 1, 5, NEW, null)), "priority").getFirst();
    assertThat(hashed.entry("k", null).etag()).isEqualTo(copied.entry("k", null).etag());
    assertThat(other.entry("k", null).etag()).isNotEqualTo(later.entry("k", null).etag());
    assertThat(hashed.entry("k", null).etag()).doesNotMatch("[0-9a-f]{32}");
  }

  @Test
  void aNameForACopyThatDiffersIsOneThatNobodyBears() {
    assertThat(Aliases.of("a.txt", "nas", _ -> false)).isEqualTo("a.txt (from nas)");
    assertThat(Aliases.of("a.txt", "nas", "a.txt (from nas)"::equals))
        .isEqualTo("a.txt (from nas) (from nas)");
    assertThat(Aliases.stems("a.txt (from nas) (from nas)"))
        .containsExactly("a.txt (from nas)", "a.txt");
    assertThat(Aliases.stems("a.txt")).isEmpty();
    assertThat(Aliases.before("a b.txt")).containsExactly("a b.txt", "a");
  }

  @Test
  void everythingThatIsWrongWithATreeIsSaid() {
    var wish =
        new PutTree(
            "b",
            List.of(new Source("nas", "../etc", 1), new Source("tape", "", 1)),
            "loudest",
            null);
    assertThatThrownBy(() -> Rules.normal(wish, "nas"::equals))
        .isInstanceOfSatisfying(
            Failure.class,
            failure ->
                assertThat(failure.details())
                    .containsOnlyKeys("conflicts", "sources[0].path", "sources[1].origin"));
    var twice = List.of(new Source("nas", "/a/", 1), new Source("nas", "a", 2));
    assertThatThrownBy(() -> Rules.normal(new PutTree("b", twice, "newest", null), "nas"::equals))
        .hasMessageContaining("twice");
  }

  @Test
  void noKeyLeadsOutOfASource() {
    for (var key : List.of("", "a/", "/a", "a//b", ".", "a/../b", "..", "a\0", "x".repeat(256))) {
      assertThat(Paths.isPossible(key)).as(key).isFalse();
    }
    assertThat(Paths.isPossible("a/..b/.c")).isTrue();
  }
}
