package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogContract.GET_STANDING;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.MOVE_SHARDS;
import static io.kintsugi.contract.CatalogHealContract.REPORT_DAMAGE;
import static io.kintsugi.contract.CatalogOriginContract.SAVE_ORIGIN_ROW;
import static io.kintsugi.contract.CatalogPackContract.FIND_SHARDS;
import static io.kintsugi.contract.CatalogPackContract.LIST_PACKS;
import static io.kintsugi.contract.CatalogPackContract.LIST_RECORDS;
import static io.kintsugi.contract.CatalogPackContract.NOTE_PACKS_VERIFIED;
import static io.kintsugi.contract.CatalogPackContract.SUM_PACKS;
import static io.kintsugi.contract.CatalogScanContract.LIST_EXTENTS;
import static io.kintsugi.contract.CatalogScanContract.LIST_SHARDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.GetStanding;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogOriginContract.SaveOriginRow;
import io.kintsugi.contract.CatalogPackContract.FindShards;
import io.kintsugi.contract.CatalogPackContract.ListPacks;
import io.kintsugi.contract.CatalogPackContract.ListRecords;
import io.kintsugi.contract.CatalogPackContract.NotePacksVerified;
import io.kintsugi.contract.CatalogPackContract.PackRef;
import io.kintsugi.contract.CatalogPackContract.PackSum;
import io.kintsugi.contract.CatalogPackContract.RecordRow;
import io.kintsugi.contract.CatalogPackContract.Scope;
import io.kintsugi.contract.CatalogPackContract.SumPacks;
import io.kintsugi.contract.CatalogScanContract.ListExtents;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the catalog says of packs, on a real database (A3, A7, G5).
class CatalogPacksIT {
  private static final String PACK = "packs/00000000000000aa-";
  private static final Scope ALL = new Scope(List.of(), false);
  private static final long RECORD_BYTES = 1_500;

  private final House house = new House();
  private String session = "";

  @BeforeEach
  void open() {
    house.bucket("photos");
    house.bucket("other");
    session = house.session();
  }

  @AfterEach
  void close() {
    house.close();
  }

  /// Puts an object whose copies lie at that offset of pack `number` on o0, o1 and o2.
  private Segment put(String bucket, String key, int number, long offset) {
    var file = house.segment(session, 0, 0, 700, new Layout(1, 2));
    var places = new ArrayList<Location>();
    for (var at : file.locations()) {
      places.add(packed(at, PACK + number, offset));
    }
    var segment = House.with(file, places);
    house.ask(
        COMMIT_OBJECT, House.commitment(session, bucket, key, Condition.NONE, List.of(segment)));
    return segment;
  }

  private static Location packed(Location at, String pack, long offset) {
    var place = new Packed(pack, offset, RECORD_BYTES);
    return new Location(at.index(), at.attemptId(), at.originId(), at.incarnation(), true, place);
  }

  private void delete(String bucket, String key) {
    house.ask(
        DELETE_OBJECTS,
        new DeleteObjects(bucket, List.of(new DeleteKey(key, null, Condition.NONE))));
  }

  private List<PackSum> sums(String origin, Scope scope) {
    return house
        .ask(SUM_PACKS, new SumPacks(origin, List.of(PACK + 1, PACK + 2, PACK + 3), scope))
        .packs();
  }

  private static PackSum sum(int pack, long end, long records, long objects, long bytes) {
    return new PackSum(PACK + pack, House.ORIGIN_INCARNATION, end, records, objects, bytes);
  }

  @Test
  void packsAreListedByOriginAndName() {
    put("photos", "a", 1, 0);
    put("photos", "b", 1, 4096);
    put("photos", "c", 2, 0);
    var first = house.ask(LIST_PACKS, new ListPacks(null, null, 4));
    assertThat(first.packs())
        .containsExactly(
            new PackRef("o0", PACK + 1),
            new PackRef("o0", PACK + 2),
            new PackRef("o1", PACK + 1),
            new PackRef("o1", PACK + 2));
    var rest = house.ask(LIST_PACKS, new ListPacks(null, first.nextAfter(), 4));
    assertThat(rest.packs())
        .containsExactly(new PackRef("o2", PACK + 1), new PackRef("o2", PACK + 2));
    assertThat(rest.nextAfter()).isNull();
    assertThat(house.ask(LIST_PACKS, new ListPacks("o1", null, 9)).packs())
        .containsExactly(new PackRef("o1", PACK + 1), new PackRef("o1", PACK + 2));
  }

  @Test
  void aSumSaysHowLongAPackMustBeAndWhatLivesThere() {
    put("photos", "a", 1, 0);
    put("other", "b", 1, 4096);
    put("photos", "c", 2, 64);
    put("photos", "gone", 2, 8192);
    delete("photos", "gone");
    put("photos", "alone", 3, 0);
    delete("photos", "alone");
    long first = 4096 + RECORD_BYTES;
    long second = 8192 + RECORD_BYTES;
    assertThat(sums("o0", ALL))
        .containsExactlyInAnyOrder(
            sum(1, first, 2, 2, 1400), sum(2, second, 2, 1, 700), sum(3, RECORD_BYTES, 1, 0, 0));
    assertThat(sums("o1", ALL))
        .containsExactlyInAnyOrder(
            sum(1, first, 2, 0, 0), sum(2, second, 2, 0, 0), sum(3, RECORD_BYTES, 1, 0, 0));
    assertThat(sums("o0", new Scope(List.of("other"), false)))
        .containsExactly(sum(1, 4096 + RECORD_BYTES, 1, 1, 700));
    assertThat(house.ask(SUM_PACKS, new SumPacks("o0", List.of(PACK + 1), ALL)).whole()).isTrue();
    house.sql("UPDATE bucket SET name = '.system' WHERE name = 'other'");
    assertThat(sums("o0", ALL).stream().mapToLong(PackSum::records).sum()).isEqualTo(2);
    assertThat(sums("o0", new Scope(List.of(), true)).stream().mapToLong(PackSum::records).sum())
        .isEqualTo(5);
    assertThat(house.ask(SUM_PACKS, new SumPacks("o0", List.of(PACK + 1), ALL)).whole()).isFalse();
    house.sql("UPDATE location SET origin_incarnation = 'ff' WHERE at_offset = 0");
    assertThat(sums("o0", new Scope(List.of(), true)))
        .filteredOn(sum -> sum.pack().equals(PACK + 1))
        .allMatch(sum -> sum.incarnation() == null)
        .hasSize(1);
  }

  @Test
  void recordsComeInTheOrderInWhichTheyLie() {
    var second = put("photos", "b", 1, 4096);
    var first = put("photos", "a", 1, 0);
    put("photos", "gone", 1, 8192);
    delete("photos", "gone");
    var third = put("other", "c", 1, 12288);
    var page = house.ask(LIST_RECORDS, new ListRecords("o0", PACK + 1, -1, 2, ALL));
    assertThat(page.records()).containsExactly(row(first, 0, 0), row(second, 0, 4096));
    assertThat(page.nextAfter()).isEqualTo(4096);
    assertThat(page.whole()).isTrue();
    var rest = house.ask(LIST_RECORDS, new ListRecords("o0", PACK + 1, 4096, 2, ALL));
    assertThat(rest.records()).containsExactly(row(third, 0, 12288));
    assertThat(rest.nextAfter()).isNull();
    var copies = house.ask(LIST_RECORDS, new ListRecords("o2", PACK + 1, -1, 9, ALL));
    assertThat(copies.records()).contains(row(first, 2, 0)).hasSize(3);
    var photos = new Scope(List.of("photos"), false);
    var some = house.ask(LIST_RECORDS, new ListRecords("o0", PACK + 1, -1, 9, photos));
    assertThat(some.records()).hasSize(2);
    assertThat(some.whole()).isFalse();
  }

  private static RecordRow row(Segment segment, int index, long offset) {
    return new RecordRow(
        segment.writeId(),
        index,
        segment.locations().get(index).attemptId(),
        House.ORIGIN_INCARNATION,
        offset,
        RECORD_BYTES,
        segment.footerSha256(),
        index == 0,
        index == 0 ? segment.sizeBytes() : 0);
  }

  @Test
  void segmentsAreFoundByTheirIdsWhileTheyLive() {
    var alive = put("photos", "a", 1, 0);
    var dead = put("photos", "b", 1, 4096);
    delete("photos", "b");
    var found =
        house.ask(FIND_SHARDS, new FindShards(List.of(alive.writeId(), dead.writeId()))).segments();
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().segment()).isEqualTo(alive);
    assertThat(found.getFirst().key()).isEqualTo("a");
  }

  /// A leaf holds what has a file, or should have; what a heal moves goes over.
  @Test
  void aSegmentIsInItsLeafUntilAllOfItLiesInPacks() {
    var whole = put("photos", "a", 1, 0);
    assertThat(leafOf(whole)).isEmpty();
    var file = house.segment(session, 0, 0, 700, new Layout(1, 2));
    var places = new ArrayList<>(file.locations());
    places.set(0, packed(places.get(0), PACK + 1, 4096));
    places.set(2, packed(places.get(2), PACK + 1, 4096));
    var mixed = House.missing(House.with(file, places), 1);
    house.ask(
        COMMIT_OBJECT, House.commitment(session, "photos", "m", Condition.NONE, List.of(mixed)));
    assertThat(leafOf(mixed)).containsExactly(mixed.writeId());

    var lost = mixed.locations().get(1);
    var damage =
        new Damage(
            mixed.writeId(), 1, lost.attemptId(), lost.originId(), Evidence.MISSING, false, "");
    house.ask(REPORT_DAMAGE, new ReportDamage(List.of(damage), "scan", null, null));
    var task =
        house.ask(CLAIM_HEALS, new ClaimHeals("me", 1, 60_000, false, null)).tasks().getFirst();
    var place = new Location(1, house.id(session), "o1", House.ORIGIN_INCARNATION, true);
    var move = new Move(lost.attemptId(), packed(place, PACK + 2, 0));
    house.ask(
        MOVE_SHARDS,
        new MoveShards(session, task.taskId(), task.attempt(), mixed.writeId(), List.of(move)));
    assertThat(leafOf(mixed)).isEmpty();
    var back = new Location(1, house.id(session), "o1", House.ORIGIN_INCARNATION, true);
    var again = new Move(place.attemptId(), back);
    house.ask(
        MOVE_SHARDS,
        new MoveShards(session, task.taskId(), task.attempt(), mixed.writeId(), List.of(again)));
    assertThat(leafOf(mixed)).containsExactly(mixed.writeId());
  }

  private List<String> leafOf(Segment segment) {
    var leaf = Names.leaf(WriteId.parse(segment.writeId()));
    var listed =
        house.ask(LIST_SHARDS, new ListShards(leaf, null, 100)).segments().stream()
            .map(row -> row.segment().writeId())
            .toList();
    assertThat(house.ask(LIST_EXTENTS, new ListExtents()).leaves().contains(leaf))
        .isEqualTo(!listed.isEmpty());
    return listed;
  }

  @Test
  void anObjectIsVerifiedOnceEveryPackOfItWasLookedAtDeeply() {
    for (int i = 0; i < 3; i++) {
      var incarnation = House.ORIGIN_INCARNATION;
      house.ask(
          SAVE_ORIGIN_ROW, new SaveOriginRow("o" + i, "local", "/o" + i, "new", incarnation, null));
      house.ask(
          SAVE_ORIGIN_ROW,
          new SaveOriginRow("o" + i, "local", "/o" + i, "ready", incarnation, incarnation));
    }
    put("photos", "a", 1, 0);
    var at = Instant.now().plusSeconds(60).truncatedTo(ChronoUnit.MICROS);
    note("o0", "deep", at);
    note("o1", "deep", at.plusSeconds(5));
    note("o2", "quick", at);
    assertThat(verified()).isNull();
    note("o2", "deep", at);
    note("o0", "deep", at.minusSeconds(30));
    assertThat(verified()).isEqualTo(at);
  }

  private void note(String origin, String depth, Instant at) {
    house.ask(
        NOTE_PACKS_VERIFIED, new NotePacksVerified(origin, List.of(PACK + 1, PACK + 2), depth, at));
  }

  private @org.jspecify.annotations.Nullable Instant verified() {
    return house.ask(GET_STANDING, new GetStanding()).buckets().stream()
        .filter(bucket -> bucket.bucket().equals("photos"))
        .findFirst()
        .orElseThrow()
        .oldestVerified();
  }
}
