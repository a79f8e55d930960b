package io.kintsugi.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogDeedContract;
import io.kintsugi.contract.CatalogDeedContract.ClaimDeeds;
import io.kintsugi.contract.CatalogDeedContract.Deed;
import io.kintsugi.contract.CatalogDeedContract.FindDeeds;
import io.kintsugi.contract.CatalogDeedContract.ListDeeds;
import io.kintsugi.contract.CatalogDeedContract.OpenDeed;
import io.kintsugi.contract.CatalogDeedContract.Place;
import io.kintsugi.contract.CatalogDeedContract.SettleDeed;
import io.kintsugi.contract.CatalogDeedContract.UndoDeed;
import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.CatalogTreeContract.DropTree;
import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.CatalogTreeContract.FindFileRecords;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.FailureCode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// B2: what was done to keys of trees and has not reached every origin, as the catalog keeps it.
class CatalogDeedIT {
  private static final String ONE = "1".repeat(64);
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.123456789Z");
  private static final FileStamp OLD = new FileStamp(5, AT, "t-1");

  private final House house = new House();

  @BeforeEach
  void mount() {
    var sources = List.of(new Source("nas", "a", 1), new Source("box", "", 2));
    var tree =
        house.ask(
            CatalogTreeContract.SAVE_TREE, new PutTree("b-1", sources, "priority", null, true, 2));
    assertThat(tree.writes()).isTrue();
    assertThat(tree.replicationFactor()).isEqualTo(2);
  }

  @AfterEach
  void close() {
    house.close();
  }

  private static Place silent(@Nullable FileStamp stamp) {
    return new Place("box", "k", false, stamp, false);
  }

  private static Place seen(boolean target) {
    return new Place("nas", "a/k", true, OLD, target);
  }

  private static String id(int n) {
    return Integer.toString(n).repeat(32);
  }

  private Deed open(int n, String kind, boolean open, Place... places) {
    return house.ask(CatalogDeedContract.OPEN_DEED, wish(n, kind, open, places));
  }

  private static OpenDeed wish(int n, String kind, boolean open, Place... places) {
    return new OpenDeed(id(n), "b-1", "k", kind, ONE, 7, open, List.of(places));
  }

  private void keep(Deed deed, Place... left) {
    house.ask(
        CatalogDeedContract.KEEP_DEED,
        new SettleDeed(deed.id(), "b-1", "k", List.of(left), List.of(), 0));
  }

  private List<Deed> found() {
    return house
        .ask(CatalogDeedContract.FIND_DEEDS, new FindDeeds("b-1", List.of("k", "l")))
        .deeds();
  }

  private List<Deed> claim(String... origins) {
    return house.ask(CatalogDeedContract.CLAIM_DEEDS, new ClaimDeeds(List.of(origins), 10)).deeds();
  }

  @Test
  @DisplayName(
      "a deletion stays noted until every origin has it, with what was known of their files")
  void aDeletionStaysUntilEveryOriginHasIt() {
    house.ask(CatalogTreeContract.SAVE_FILE_RECORD, new SaveFileRecord("box", "k", OLD, ONE));
    var deed = open(1, Deed.DELETED, false, seen(false), silent(null));
    assertThat(deed.places()).contains(silent(OLD));
    assertThat(open(1, Deed.DELETED, false, seen(false), silent(null)))
        .as("asked again")
        .isEqualTo(deed);
    keep(deed, silent(OLD));
    assertThat(found()).singleElement().extracting(Deed::places).isEqualTo(List.of(silent(OLD)));
    assertThat(house.ask(CatalogDeedContract.LIST_DEEDS, new ListDeeds("b-1", null, 10)).deeds())
        .hasSize(1);
    assertThat(claim("nas")).as("nothing is left there").isEmpty();
    assertThat(claim("box")).hasSize(1);
    assertThat(claim("box")).as("handed out").isEmpty();
    house.ask(
        CatalogDeedContract.SETTLE_DEED,
        new SettleDeed(deed.id(), "b-1", "k", List.of(), List.of(), 0));
    assertThat(found()).isEmpty();
  }

  @Test
  @DisplayName(
      "what is written is known by its hash at once, though size and time are the old ones")
  void whatIsWrittenIsKnown() {
    var file = new FileName("nas", "a/k");
    house.ask(
        CatalogTreeContract.SAVE_FILE_RECORD,
        new SaveFileRecord("nas", "a/k", OLD, "2".repeat(64)));
    var deed = open(1, Deed.WRITTEN, true, seen(true));
    assertThat(
            house
                .ask(CatalogTreeContract.FIND_FILE_RECORDS, new FindFileRecords(List.of(file)))
                .records())
        .as("nobody knows which content stands there now")
        .isEmpty();
    house.ask(
        CatalogDeedContract.SETTLE_DEED,
        new SettleDeed(
            deed.id(),
            "b-1",
            "k",
            List.of(),
            List.of(new SaveFileRecord("nas", "a/k", OLD, ONE)),
            0));
    assertThat(
            house
                .ask(CatalogTreeContract.FIND_FILE_RECORDS, new FindFileRecords(List.of(file)))
                .records())
        .singleElement()
        .satisfies(record -> {
          assertThat(record.sha256()).isEqualTo(ONE);
          assertThat(record.rotSha256()).isNull();
        });
  }

  @Test
  @DisplayName(
      "of two who write a key one is told to try again; one that came to nothing is undone")
  void aWritingThatCameToNothingLeavesWhatWasNoted() {
    var deleted = open(1, Deed.DELETED, false, silent(null));
    keep(deleted, silent(null));
    var writing = open(2, Deed.WRITTEN, true, seen(true), silent(null));
    assertThat(writing.before()).containsExactly(silent(null));
    assertThat(writing.beforeMade()).isEqualTo(deleted.made());
    assertThat(
            house
                .refusal(CatalogDeedContract.OPEN_DEED, wish(3, Deed.WRITTEN, true, seen(true)))
                .code())
        .isEqualTo(FailureCode.CONFLICT);
    house.ask(CatalogDeedContract.UNDO_DEED, new UndoDeed(writing.id(), "b-1", "k"));
    assertThat(found())
        .singleElement()
        .satisfies(deed -> {
          assertThat(deed.id()).isEqualTo(deleted.id());
          assertThat(deed.kind()).isEqualTo(Deed.DELETED);
          assertThat(deed.made()).isEqualTo(deleted.made());
          assertThat(deed.open()).isFalse();
        });
  }

  @Test
  void aTreeThatIsForgottenForgetsThem() {
    keep(open(1, Deed.DELETED, false, silent(null)), silent(null));
    house.ask(CatalogTreeContract.DROP_TREE, new DropTree("b-1"));
    assertThat(found()).isEmpty();
    assertThat(
            house
                .refusal(CatalogDeedContract.OPEN_DEED, wish(3, Deed.DELETED, false, silent(null)))
                .code())
        .isEqualTo(FailureCode.NOT_FOUND);
  }
}
