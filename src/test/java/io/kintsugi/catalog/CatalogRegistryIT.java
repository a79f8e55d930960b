package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogHealContract.CLAIM_HEALS;
import static io.kintsugi.contract.CatalogHealContract.MOVE_SHARDS;
import static io.kintsugi.contract.CatalogRegistryContract.COUNT_USAGE;
import static io.kintsugi.contract.CatalogRegistryContract.DROP_ORIGIN;
import static io.kintsugi.contract.CatalogRegistryContract.GET_FORCED_HEALTH;
import static io.kintsugi.contract.CatalogRegistryContract.LIST_DEFINITIONS;
import static io.kintsugi.contract.CatalogRegistryContract.LIST_DRAINS;
import static io.kintsugi.contract.CatalogRegistryContract.OPEN_DEPARTED;
import static io.kintsugi.contract.CatalogRegistryContract.OPEN_MOVES;
import static io.kintsugi.contract.CatalogRegistryContract.SAVE_DEFINITION;
import static io.kintsugi.contract.CatalogRegistryContract.SAVE_DRAIN;
import static io.kintsugi.contract.CatalogRegistryContract.SAVE_FORCED_HEALTH;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogAbsenceContract.Spot;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.Move;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogJournalContract;
import io.kintsugi.contract.CatalogJournalContract.ReadChanges;
import io.kintsugi.contract.CatalogRegistryContract.CountUsage;
import io.kintsugi.contract.CatalogRegistryContract.DropOrigin;
import io.kintsugi.contract.CatalogRegistryContract.ForcedWord;
import io.kintsugi.contract.CatalogRegistryContract.GetForcedHealth;
import io.kintsugi.contract.CatalogRegistryContract.ListDefinitions;
import io.kintsugi.contract.CatalogRegistryContract.ListDrains;
import io.kintsugi.contract.CatalogRegistryContract.OpenDeparted;
import io.kintsugi.contract.CatalogRegistryContract.OpenMoves;
import io.kintsugi.contract.CatalogRegistryContract.SaveDefinition;
import io.kintsugi.contract.CatalogRegistryContract.SaveDrain;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.Segment;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Definitions, drains and removals as the catalog keeps them (B1, C6).
class CatalogRegistryIT {
  private House house;
  private String session;

  @BeforeEach
  void open() {
    house = new House(new JsonObject().put("leaseMillis", 3_600_000L));
    session = house.session();
    for (int i = 0; i < 8; i++) {
      house.sql(
          "INSERT INTO origin VALUES ('o%d', 'local', '/o%d', 'ready', '%s')"
              .formatted(i, i, House.ORIGIN_INCARNATION));
    }
    house.bucket("b-1");
  }

  @AfterEach
  void close() {
    house.close();
  }

  private Segment put(String key) {
    house.put(session, "b-1", key);
    return house.ask(FIND_OBJECT, new FindObject("b-1", key, null)).segments().getFirst();
  }

  @Test
  void anOperatorsWordIsKeptUntilItIsTakenBackOrTheOriginGoes() {
    assertThat(house.ask(GET_FORCED_HEALTH, new GetForcedHealth("o1")).state()).isNull();
    var until = Instant.parse("2026-02-03T04:05:06.789Z");
    house.ask(SAVE_FORCED_HEALTH, new ForcedWord("o1", "healthy", until));
    var word = new ForcedWord("o1", "unhealthy", until.plusSeconds(1));
    house.ask(SAVE_FORCED_HEALTH, word);
    assertThat(house.ask(GET_FORCED_HEALTH, new GetForcedHealth("o1"))).isEqualTo(word);
    assertThat(house.ask(GET_FORCED_HEALTH, new GetForcedHealth("o2")).state()).isNull();
    house.ask(SAVE_FORCED_HEALTH, new ForcedWord("o1", null, null));
    assertThat(house.ask(GET_FORCED_HEALTH, new GetForcedHealth("o1")).state()).isNull();
    house.ask(SAVE_FORCED_HEALTH, word);
    house.ask(DROP_ORIGIN, new DropOrigin("o1", true));
    assertThat(house.ask(GET_FORCED_HEALTH, new GetForcedHealth("o1")).state()).isNull();
  }

  private static List<Spot> spots(int count) {
    return IntStream.range(0, count).mapToObj(i -> new Spot("o" + i, "o" + i, i > 0)).toList();
  }

  private long opened(int spots) {
    return house.ask(OPEN_MOVES, new OpenMoves("drain", List.of("o0"), spots(spots), 100)).opened();
  }

  @Test
  void aDefinitionIsReplacedByItsVersionAndItsSecretsStayOutOfTheJournal() {
    var first = OriginDefinition.of("nas", "sftp", Map.of("host", "h"));
    var saved = house.ask(SAVE_DEFINITION, new SaveDefinition(first, "w1.sealed", 0));
    assertThat(saved.version()).isEqualTo(1);
    assertThat(house.ask(SAVE_DEFINITION, new SaveDefinition(first, "w1.sealed", 0)).version())
        .isEqualTo(1);
    var other = OriginDefinition.of("nas", "sftp", Map.of("host", "other"));
    assertThat(house.refusal(SAVE_DEFINITION, new SaveDefinition(other, null, 0)).code())
        .isEqualTo(FailureCode.CONFLICT);
    var row = house.ask(LIST_DEFINITIONS, new ListDefinitions()).rows().getFirst();
    assertThat(row.wrappedSecrets()).isEqualTo("w1.sealed");
    assertThat(row.definition()).isEqualTo(first);
    assertThat(house.ask(SAVE_DEFINITION, new SaveDefinition(other, null, 1)).version())
        .isEqualTo(2);
    assertThat(
            house.ask(LIST_DEFINITIONS, new ListDefinitions()).rows().getFirst().wrappedSecrets())
        .isNull();
    var changes =
        house.ask(CatalogJournalContract.READ_CHANGES, new ReadChanges(0, 100, 1_000_000));
    assertThat(changes.changes()).anyMatch(change -> change.kind().equals("origin-defined"));
    assertThat(changes.toString()).doesNotContain("sealed");
  }

  @Test
  void aDrainOpensRowsCountsMovesAndEndsWithARemoval() {
    var segment = put("k");
    house.ask(SAVE_DRAIN, new SaveDrain("o0", "running", null));
    var before = house.ask(LIST_DRAINS, new ListDrains(true)).drains().getFirst();
    assertThat(before.segmentsLeft()).isEqualTo(1);
    assertThat(before.bytesLeft()).isEqualTo(segment.shardBytes());
    assertThat(house.refusal(DROP_ORIGIN, new DropOrigin("o0", false)).detail("segments"))
        .isEqualTo("1");
    assertThat(opened(4)).isEqualTo(1);
    assertThat(opened(4)).isZero();
    var task =
        house.ask(CLAIM_HEALS, new ClaimHeals(session, 1, 60_000, false, null)).tasks().getFirst();
    assertThat(task.cause()).isEqualTo("drain");
    assertThat(task.known()).isEmpty();
    var old = segment.locations().getFirst();
    var copy = new Location(0, house.id(session), "o3", House.ORIGIN_INCARNATION, true);
    house.ask(
        MOVE_SHARDS,
        new MoveShards(
            session,
            task.taskId(),
            task.attempt(),
            segment.writeId(),
            List.of(new Move(old.attemptId(), copy))));
    var after = house.ask(LIST_DRAINS, new ListDrains(true)).drains().getFirst();
    assertThat(after.segmentsLeft()).isZero();
    assertThat(after.movedSegments()).isEqualTo(1);
    assertThat(after.movedBytes()).isEqualTo(segment.shardBytes());
    var usage = house.ask(COUNT_USAGE, new CountUsage()).origins();
    assertThat(usage).anyMatch(o -> o.originId().equals("o0") && o.usage().liveBytes() == 0);
    assertThat(usage).anyMatch(o -> o.originId().equals("o3") && o.usage().segments() == 1);
    assertThat(house.ask(DROP_ORIGIN, new DropOrigin("o0", false)).segments()).isZero();
    assertThat(house.ask(LIST_DRAINS, new ListDrains(true)).drains()).isEmpty();
    var again = OriginDefinition.of("o0", "local", Map.of("path", "/x"));
    assertThat(house.refusal(SAVE_DEFINITION, new SaveDefinition(again, null, 0)).text())
        .contains("removed");
  }

  @Test
  void whereNoDomainIsFreeItWaitsAndAPauseTakesRowsBack() {
    put("k");
    house.ask(SAVE_DRAIN, new SaveDrain("o0", "running", null));
    var none = house.ask(OPEN_MOVES, new OpenMoves("drain", List.of("o0"), spots(3), 100));
    assertThat(none.opened()).isZero();
    assertThat(none.waiting()).isEqualTo(1);
    assertThat(opened(4)).isEqualTo(1);
    house.ask(SAVE_DRAIN, new SaveDrain("o0", "paused", null));
    assertThat(house.ask(CLAIM_HEALS, new ClaimHeals(session, 9, 60_000, false, null)).tasks())
        .isEmpty();
    house.ask(SAVE_DRAIN, new SaveDrain("o0", "running", null));
    assertThat(opened(4)).isEqualTo(1);
  }

  @Test
  void whatLayOnAnOriginThatWasRemovedByForceIsReportedMissing() {
    put("k");
    assertThat(house.ask(DROP_ORIGIN, new DropOrigin("o1", true)).segments()).isEqualTo(1);
    assertThat(house.ask(OPEN_DEPARTED, new OpenDeparted(100)).opened()).isEqualTo(1);
    assertThat(house.ask(OPEN_DEPARTED, new OpenDeparted(100)).opened()).isZero();
    var task =
        house.ask(CLAIM_HEALS, new ClaimHeals(session, 1, 60_000, false, null)).tasks().getFirst();
    assertThat(task.known()).hasSize(1);
    assertThat(task.known().getFirst().shardIndex()).isEqualTo(1);
  }
}
