package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.CONFLICT;
import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.NOT_FOUND;
import static io.kintsugi.kernel.FailureCode.STORAGE_ERROR;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.driver.Fault;
import io.kintsugi.format.Marker;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The origins deployed alone, their neighbours played over the bus (B1, B4, B9, F13). T11: a disk
/// that is empty, another one in its place, one that takes no writes.
@ExtendWith(VertxExtension.class)
class OriginVerticleTest {
  private static final ShardFiles SHARDS = ShardFiles.of(ShardFiles.writeId(1));

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
  }

  @Test
  void aNewOriginIsEnrolledInTheOrderThatSurvivesACrash() throws Exception {
    house.origin("disk-1").start();
    assertThat(house.saves).containsExactly("disk-1 new", "disk-1 ready");
    var state = state("disk-1");
    assertThat(state.health()).isEqualTo("healthy");
    assertThat(state.marker()).isEqualTo("ours");
    assertThat(state.writable()).isTrue();
    assertThat(state.incarnation()).isEqualTo(house.incarnation("disk-1"));
    assertThat(state.totalBytes()).isPositive();
    assertThat(state.latencyP50Millis()).isEqualTo(10);
    assertThat(house.root("disk-1").resolve(Marker.FILE_NAME)).exists();
    assertThat(house.changes).extracting(OriginState::id).contains("disk-1");
  }

  @Test
  void aKnownOriginIsRecognisedAndNothingIsSaved() throws Exception {
    var first = house.origin("disk-1").start();
    house.stop(first);
    house.saves.clear();
    house.start();
    assertThat(house.saves).isEmpty();
    assertThat(state("disk-1").marker()).isEqualTo("ours");
  }

  @Test
  void aRowWithoutAMarkerIsFinishedByTheNextLife() throws Exception {
    house.rows.put("disk-1", row("new", "1".repeat(16)));
    Files.createDirectory(house.root("disk-1"));
    house.origin("disk-1").start();
    assertThat(house.saves).containsExactly("disk-1 ready");
    assertThat(state("disk-1").incarnation()).isEqualTo("1".repeat(16));
  }

  @Test
  void aMarkerThatWasCutShortIsFinishedByTheNextLife() throws Exception {
    var first = house.origin("disk-1").start();
    house.stop(first);
    var marker = house.root("disk-1").resolve(Marker.FILE_NAME);
    var whole = Files.readAllBytes(marker);
    Files.write(marker, Arrays.copyOf(whole, whole.length / 2));
    house.rows.put("disk-1", row("new", house.incarnation("disk-1")));
    house.start();
    assertThat(state("disk-1").marker()).isEqualTo("ours");
    assertThat(Files.readAllBytes(marker)).isEqualTo(whole);
  }

  @Test
  void aFolderThatWentAwayIsNeverMadeAgain() throws Exception {
    house.rows.put("disk-1", row("ready", "1".repeat(16)));
    house.origin("disk-1").start();
    assertThat(house.root("disk-1")).doesNotExist();
    assertThat(state("disk-1").health()).isEqualTo("unhealthy");
    assertThat(state("disk-1").marker()).isEqualTo("unreadable");
    assertThat(state("disk-1").writable()).isFalse();
    assertFails(UNAVAILABLE, () -> house.write("disk-1", SHARDS, 0));
  }

  @Test
  void aFolderWithDataThatTheCatalogDoesNotKnowIsForeign() throws Exception {
    Files.createDirectories(house.root("disk-1").resolve("holiday"));
    house.origin("disk-1").start();
    assertThat(state("disk-1").marker()).isEqualTo("foreign");
    assertThat(state("disk-1").reason()).contains("data that this catalog does not know");
    assertFails(CONFLICT, () -> house.replace("disk-1"));
    assertThat(house.root("disk-1").toFile().list()).containsExactly("holiday");
  }

  @Test
  void anOriginOfAnotherClusterOrIdOrIncarnationIsForeign() throws Exception {
    for (var marker :
        List.of(
            new Marker("d".repeat(32), "disk-1", "1".repeat(16), 1, House.CREATED),
            new Marker(House.CLUSTER, "disk-2", "1".repeat(16), 1, House.CREATED),
            new Marker(House.CLUSTER, "disk-1", "2".repeat(16), 1, House.CREATED))) {
      house.rows.put("disk-1", row("ready", "1".repeat(16)));
      put(marker.encode(ShardFiles.KEY));
      var deployment = house.origin("disk-1").start();
      assertThat(state("disk-1").marker()).isEqualTo("foreign");
      assertFails(CONFLICT, () -> house.replace("disk-1"));
      house.stop(deployment);
      house = new House(house.vertx, Files.createTempDirectory(folder, "again"));
    }
  }

  @Test
  void aKeyThatDoesNotVerifyTheMarkerStopsTheStart() throws Exception {
    house.rows.put("disk-1", row("ready", "1".repeat(16)));
    var marker = new Marker(House.CLUSTER, "disk-1", "1".repeat(16), 1, House.CREATED);
    put(marker.encode(ShardFiles.OTHER_KEY));
    house.origin("disk-1");
    assertThatThrownBy(() -> house.start()).hasMessageContaining("key does not verify the marker");
  }

  @Test
  void withoutAKeyOrACatalogThereIsNoStart() throws Exception {
    house.origin("disk-1").with("keyFile", folder.resolve("nothing").toString());
    assertThatThrownBy(() -> house.start()).hasMessageContaining("cluster key");
    house.with("keyFile", folder.resolve("cluster.key").toString());
    house.refuseSaves = true;
    assertThatThrownBy(() -> house.start()).hasMessageContaining("not what it was");
  }

  @Test
  void aBlankDiskIsRefusedUntilItIsReplaced() throws Exception {
    house.origin("disk-1").start();
    var before = house.incarnation("disk-1");
    house.write("disk-1", SHARDS, 0);
    wipe(house.root("disk-1"));
    assertThat(house.check("disk-1").marker()).isEqualTo("blank");
    assertFails(UNAVAILABLE, () -> house.write("disk-1", SHARDS, 1));
    assertFails(UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    assertThat(house.root("disk-1").toFile().list()).isEmpty();

    var replaced = house.replace("disk-1");
    assertThat(replaced.marker()).isEqualTo("ours");
    assertThat(replaced.writable()).isTrue();
    assertThat(replaced.incarnation()).isNotEqualTo(before).isEqualTo(house.incarnation("disk-1"));
    assertThat(house.replace("disk-1").incarnation()).isEqualTo(replaced.incarnation());
    house.write("disk-1", SHARDS, 1);
    assertFails(NOT_FOUND, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    assertThat(house.changes).extracting(OriginState::marker).contains("blank");
  }

  @Test
  void anOriginThatLostOnlyItsMarkerKeepsItsFilesWhenReplaced() throws Exception {
    house.origin("disk-1").start();
    house.write("disk-1", SHARDS, 0);
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    assertThat(house.check("disk-1").marker()).isEqualTo("blank");
    house.replace("disk-1");
    assertThat(house.path(SHARDS, 0, "disk-1")).hasBinaryContent(SHARDS.file(0));
  }

  @Test
  void aReplacementThatWasCutShortIsFinishedByAskingAgain() throws Exception {
    var first = house.origin("disk-1").start();
    house.write("disk-1", SHARDS, 0);
    house.stop(first);
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    house.rows.put("disk-1", row("new", "5".repeat(16)));
    house.start();
    assertThat(state("disk-1").marker()).isEqualTo("foreign");
    var replaced = house.replace("disk-1");
    assertThat(replaced.marker()).isEqualTo("ours");
    assertThat(replaced.incarnation()).isEqualTo("5".repeat(16));
  }

  @Test
  void aStrangeDiskInItsPlaceIsNotReplaced() throws Exception {
    house.origin("disk-1").start();
    Files.delete(house.root("disk-1").resolve(Marker.FILE_NAME));
    Files.createFile(house.root("disk-1").resolve("holiday.jpg"));
    assertThatThrownBy(() -> house.replace("disk-1"))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(CONFLICT);
              assertThat(failure.detail("hint")).contains("empty folder");
            });
  }

  @Test
  void aRootThatVanishesIsNotMadeByAWriteAndComesBackByItself() throws Exception {
    house.origin("disk-1").start();
    house.write("disk-1", SHARDS, 0);
    var aside = folder.resolve("aside");
    Files.move(house.root("disk-1"), aside);
    assertFails(UNAVAILABLE, () -> house.write("disk-1", SHARDS, 1));
    Files.createDirectory(house.root("disk-1"));
    assertFails(UNAVAILABLE, () -> house.write("disk-1", SHARDS, 1));
    assertFails(UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    assertThat(house.root("disk-1").toFile().list()).isEmpty();
    assertThat(house.check("disk-1").health()).isEqualTo("unhealthy");

    Files.delete(house.root("disk-1"));
    Files.move(aside, house.root("disk-1"));
    assertThat(house.check("disk-1").health()).isEqualTo("healthy");
    house.write("disk-1", SHARDS, 1);
    assertThat(house.read("disk-1", SHARDS, 0, 0, 3)).hasSize(3);
  }

  @Test
  void aFullOriginTakesNoMoreUntilThereIsRoomAgain() throws Exception {
    var driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").start(_ -> driver);
    driver.onWrite = new Fault.Full("x");
    assertFails(STORAGE_ERROR, () -> house.write("disk-1", SHARDS, 0));
    assertThat(state("disk-1").writable()).isFalse();
    driver.onWrite = null;
    assertFails(STORAGE_ERROR, () -> house.write("disk-1", SHARDS, 1));
    driver.freeBytes = 1000;
    assertThat(house.check("disk-1").writable()).isFalse();
    assertThat(state("disk-1").health()).isEqualTo("degraded");
    driver.freeBytes = -1;
    assertThat(house.check("disk-1").writable()).isTrue();
    house.write("disk-1", SHARDS, 1);
  }

  @Test
  void aReadOnlyOriginIsReadAndNotWritten() throws Exception {
    var driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").start(_ -> driver);
    house.write("disk-1", SHARDS, 0);
    driver.onWrite = new Fault.ReadOnly("x");
    driver.readOnly = true;
    assertFails(UNAVAILABLE, () -> house.write("disk-1", SHARDS, 1));
    assertThat(house.check("disk-1").writable()).isFalse();
    assertThat(state("disk-1").health()).isEqualTo("degraded");
    assertThat(house.read("disk-1", SHARDS, 0, 0, 3)).hasSize(3);
    driver.readOnly = false;
    assertThat(house.check("disk-1").writable()).isTrue();
  }

  @Test
  void anErrorOfTheDiskMakesItUnhealthyUntilAProbeSucceeds() throws Exception {
    var driver = new FaultyDriver(house.root("disk-1"));
    house.origin("disk-1").start(_ -> driver);
    house.write("disk-1", SHARDS, 0);
    driver.onRead = new Fault.Io("x", "Input/output error");
    assertFails(UNAVAILABLE, () -> house.read("disk-1", SHARDS, 0, 0, 10));
    assertThat(house.check("disk-1").health()).isEqualTo("unhealthy");
    assertThat(place(1, List.of()).origins()).isEmpty();
    driver.onRead = null;
    assertThat(house.check("disk-1").health()).isEqualTo("healthy");
    assertThat(house.check("disk-1").consecutiveFailures()).isZero();
  }

  @Test
  void shardsGoToDistinctDomainsThatCanBeWritten() throws Exception {
    house
        .origin("disk-1", "domain", "shelf")
        .origin("disk-2", "domain", "shelf")
        .origin("disk-3")
        .origin("disk-4", "writeEnabled", false)
        .start();
    var placement = place(4, List.of());
    assertThat(placement.members()).isEqualTo(4);
    assertThat(placement.origins()).hasSize(2).extracting(OriginRef::originId).contains("disk-3");
    assertThat(placement.origins())
        .allSatisfy(
            ref -> assertThat(ref.incarnation()).isEqualTo(house.incarnation(ref.originId())));
    assertThat(place(4, List.of("disk-1")).origins())
        .extracting(OriginRef::originId)
        .containsExactly("disk-3");
    assertFails(
        INVALID_REQUEST,
        () -> house.ask(OriginContract.PLACE, new Place(1, List.of(), "Astrology", 1, 0)));
  }

  @Test
  void whatIsNotAnOriginIsNotFound() throws Exception {
    house.origin("disk-1").start();
    assertFails(NOT_FOUND, () -> house.check("disk-9"));
    assertFails(NOT_FOUND, () -> house.replace("disk-9"));
  }

  private OriginContract.Placement place(int count, List<String> avoid) throws Exception {
    return house.ask(OriginContract.PLACE, new Place(count, avoid, "RoundRobin", 1000, 0));
  }

  private OriginState state(String id) throws Exception {
    return house.ask(OriginContract.LIST_ORIGINS, new ListOrigins()).origins().stream()
        .filter(state -> state.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private OriginRow row(String state, String incarnation) {
    return new OriginRow(
        "disk-1", "local", house.root("disk-1").toString(), state, incarnation, House.CREATED);
  }

  private void put(byte[] marker) throws Exception {
    Files.createDirectory(house.root("disk-1"));
    Files.write(house.root("disk-1").resolve(Marker.FILE_NAME), marker);
  }

  private static void wipe(Path root) throws Exception {
    try (var paths = Files.walk(root)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(root)) {
          Files.delete(path);
        }
      }
    }
  }

  static void assertFails(FailureCode code, ThrowingCallable work) {
    assertThatThrownBy(work)
        .isInstanceOfSatisfying(
            Failure.class, failure -> assertThat(failure.code()).isEqualTo(code));
  }
}
