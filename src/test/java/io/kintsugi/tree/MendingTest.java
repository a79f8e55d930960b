package io.kintsugi.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.tree.Mending.Need;
import io.kintsugi.tree.Mending.Remedy;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What is to be done about copies that are not what they should be (B2, B10).
class MendingTest {
  private static final Instant OLD = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NEW = Instant.parse("2026-02-01T00:00:00Z");
  private static final String ONE = "1".repeat(64);
  private static final String OTHER = "2".repeat(64);

  private static Seen seen(
      String origin, long size, Instant at, @Nullable String hash, @Nullable String rot) {
    return seen(origin, new FileStamp(size, at, "t"), "t", hash, rot);
  }

  private static Seen seen(
      String origin, FileStamp stamp, String readTag, @Nullable String hash, @Nullable String rot) {
    var read = new FileStamp(stamp.sizeBytes(), stamp.modified(), readTag);
    var record = hash == null ? null : new FileRecord(origin, "k", read, hash, NEW, rot);
    return new Seen(new Source(origin, "", 10), 0, "k", stamp, record);
  }

  private static Remedy remedy(List<Seen> copies, Map<String, String> silent) {
    return Mending.of(
        "a",
        "k",
        copies,
        silent,
        Comparator.comparing((Seen seen) -> seen.source().originId()).reversed());
  }

  @Test
  @DisplayName("B2: only copies that may have the very bytes mend, those first that surely do")
  void onlyCopiesThatMayHaveTheBytesMend() {
    var rotten = seen("a", 5, OLD, ONE, OTHER);
    var right = seen("b", 5, OLD, ONE, null);
    var unread = seen("c", 5, NEW, null, null);
    var nearer = seen("d", 5, NEW, ONE, null);
    var copies =
        List.of(
            unread,
            rotten,
            right,
            seen("e", 6, OLD, null, null),
            seen("f", 5, OLD, OTHER, null),
            seen("g", 5, OLD, ONE, OTHER),
            nearer);
    assertThat(remedy(copies, Map.of()))
        .isEqualTo(new Remedy.Heal(rotten, ONE, List.of(nearer, right, unread)));
    assertThat(remedy(List.of(rotten), Map.of()))
        .isEqualTo(new Remedy.Heal(rotten, ONE, List.of()));
  }

  @Test
  @DisplayName("B2: what is not surely the file that was found rotten is read again, or let be")
  void whatIsNotSurelyTheRottenFileIsReadAgain() {
    var written = seen("a", new FileStamp(5, OLD, "later"), "t", ONE, OTHER);
    assertThat(remedy(List.of(written), Map.of())).isEqualTo(new Remedy.Reread(written));
    var another = seen("a", 5, NEW, null, null);
    assertThat(remedy(List.of(another), Map.of())).isEqualTo(new Remedy.Reread(another));
    assertThat(remedy(List.of(), Map.of("a", "unplugged")))
        .isEqualTo(new Remedy.Silent("unplugged"));
    assertThat(remedy(List.of(), Map.of("b", "unplugged"))).isEqualTo(new Remedy.Gone());
  }

  private static Need need(String origin, List<Seen> copies, Seen lead) {
    return Mending.of(new Source(origin, "", 10), copies, lead, ONE);
  }

  @Test
  @DisplayName("B10: what gives way is kept aside, whatever the clocks of two places say")
  void whatGivesWayIsKept() {
    var lead = seen("a", 5, NEW, ONE, null);
    assertThat(need("a", List.of(lead), lead)).isEqualTo(new Need.Nothing());
    assertThat(need("b", List.of(lead), lead)).isEqualTo(new Need.Bringing(null, false));
    var same = seen("b", 5, OLD, ONE, null);
    assertThat(need("b", List.of(lead, same), lead)).isEqualTo(new Need.Nothing());
    var older = seen("b", 6, OLD, null, null);
    assertThat(need("b", List.of(lead, older), lead)).isEqualTo(new Need.Bringing(older, true));
    var asOld = seen("b", 6, NEW, null, null);
    assertThat(need("b", List.of(lead, asOld), lead)).isEqualTo(new Need.Bringing(asOld, true));
    var unread = seen("b", 5, OLD, null, null);
    assertThat(need("b", List.of(lead, unread), lead)).isEqualTo(new Need.Reading(unread));
    var rotten = seen("b", 5, OLD, ONE, OTHER);
    assertThat(need("b", List.of(lead, rotten), lead)).isEqualTo(new Need.Mended());
  }
}
