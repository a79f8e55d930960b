package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.OriginCollectContract;
import io.kintsugi.contract.OriginCollectContract.BrakeOrigin;
import io.kintsugi.contract.OriginCollectContract.ListQuarantine;
import io.kintsugi.contract.OriginCollectContract.NameTreated;
import io.kintsugi.contract.OriginCollectContract.NamesTreated;
import io.kintsugi.contract.OriginCollectContract.TreatNames;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.driver.Fault;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// What an origin lets be taken away, and what it then says (T11, T12): nothing on the word of a
/// disk that is not ours, and everything can be asked again.
@ExtendWith(VertxExtension.class)
class OriginClearingTest {
  private static final String ID = "disk-1";
  private static final ShardFiles SHARDS = ShardFiles.of(ShardFiles.writeId(1));

  @TempDir Path folder;
  private House house;
  private FaultyDriver driver;
  private String name = "";

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    driver = new FaultyDriver(house.root(ID));
    house.origin(ID).with("operationTimeoutMillis", 2_000).start(_ -> driver);
    house.write(ID, SHARDS, 0);
    name = SHARDS.name(0).path();
  }

  private NameTreated treat(Call<TreatNames, NamesTreated> call, boolean quarantined)
      throws Exception {
    return treat(call, name, quarantined);
  }

  private NameTreated treat(Call<TreatNames, NamesTreated> call, String what, boolean quarantined)
      throws Exception {
    var question = new TreatNames(house.incarnation(ID), List.of(what), quarantined);
    return house.ask(call.at(ID), question).names().getFirst();
  }

  private Path file() {
    return house.path(SHARDS, 0, ID);
  }

  private Path held() {
    return house.root(ID).resolve("quarantine").resolve(SHARDS.name(0).fileName());
  }

  private List<String> quarantine() throws Exception {
    var question = new ListQuarantine(house.incarnation(ID), null, 10);
    return house.ask(OriginCollectContract.LIST_QUARANTINE.at(ID), question).names();
  }

  @Test
  void aRemovedShardIsGoneAndRemovingItAgainSaysSo() throws Exception {
    long size = Files.size(file());
    assertThat(treat(OriginCollectContract.REMOVE_NAMES, false))
        .isEqualTo(new NameTreated(name, true, true, size, null));
    assertThat(file()).doesNotExist();
    assertThat(treat(OriginCollectContract.REMOVE_NAMES, false))
        .isEqualTo(new NameTreated(name, true, false, 0, null));
  }

  @Test
  void aShardGoesToQuarantineAndBackAndEachStepCanBeAskedAgain() throws Exception {
    long size = Files.size(file());
    var done = new NameTreated(name, true, true, size, null);
    assertThat(treat(OriginCollectContract.QUARANTINE_NAMES, true)).isEqualTo(done);
    assertThat(treat(OriginCollectContract.QUARANTINE_NAMES, true)).isEqualTo(done);
    assertThat(file()).doesNotExist();
    assertThat(held()).hasSize(size);
    assertThat(quarantine()).containsExactly(name);
    assertThat(treat(OriginCollectContract.RESTORE_NAMES, true)).isEqualTo(done);
    assertThat(treat(OriginCollectContract.RESTORE_NAMES, true)).isEqualTo(done);
    assertThat(held()).doesNotExist();
    assertThat(house.read(ID, SHARDS, 0, 0, size)).isEqualTo(SHARDS.file(0));
    assertThat(house.verify(ID, SHARDS, 0, Depth.FORENSIC).detail()).isNull();
  }

  @Test
  void whatLiesInQuarantineIsRemovedFromThereAlone() throws Exception {
    treat(OriginCollectContract.QUARANTINE_NAMES, true);
    house.write(ID, SHARDS, 0);
    assertThat(treat(OriginCollectContract.REMOVE_NAMES, true).found()).isTrue();
    assertThat(held()).doesNotExist();
    assertThat(file()).exists();
  }

  @Test
  void aFolderThatCannotBeFlushedLeavesItUnsaid() throws Exception {
    driver.onFolderFlush = new Fault.Io("objects", "flush failed");
    var treated = treat(OriginCollectContract.REMOVE_NAMES, false);
    assertThat(treated.done()).isFalse();
    driver.onFolderFlush = null;
    house.checkUntil(ID, "healthy");
    assertThat(treat(OriginCollectContract.REMOVE_NAMES, false).done()).isTrue();
  }

  @Test
  void nothingIsSaidOfADiskThatIsNotOursAnyMore() throws Exception {
    Files.move(house.root(ID), folder.resolve("elsewhere"));
    Files.createDirectories(house.root(ID));
    assertThat(refusal(false).is(FailureCode.UNAVAILABLE)).isTrue();
    assertThat(folder.resolve("elsewhere").resolve(name)).exists();
  }

  @Test
  void nothingIsTakenFromAnotherIncarnation() {
    var question = new TreatNames("0".repeat(16), List.of(name), false);
    var refused =
        catchThrowable(() -> house.ask(OriginCollectContract.REMOVE_NAMES.at(ID), question));
    assertThat(Failure.from(refused).is(FailureCode.UNAVAILABLE)).isTrue();
    assertThat(file()).exists();
  }

  @Test
  void aBrakedOriginIsNeitherWrittenNorCleared() throws Exception {
    var state = house.ask(OriginCollectContract.BRAKE_ORIGIN.at(ID), new BrakeOrigin("rot"));
    assertThat(state.braked()).isEqualTo("rot");
    assertThat(state.writable()).isFalse();
    assertThat(state.health()).isEqualTo("degraded");
    assertThat(state.reason()).contains("rot");
    assertThat(refusal(false).text()).contains("braked");
    assertThat(Failure.from(catchThrowable(() -> house.write(ID, SHARDS, 1))).text())
        .contains("braked");
    assertThat(house.read(ID, SHARDS, 0, 0, 10)).hasSize(10);
    house.ask(OriginCollectContract.BRAKE_ORIGIN.at(ID), new BrakeOrigin(null));
    house.write(ID, SHARDS, 1);
    assertThat(treat(OriginCollectContract.REMOVE_NAMES, false).done()).isTrue();
  }

  @Test
  void onlyNamesOfOursAndNoPackThatIsBeingWrittenAreCleared() throws Exception {
    var pack = house.packed(ID, SHARDS, 1).pack();
    for (var other : List.of("kintsugi-origin.json", "objects/../x", "quarantine/x")) {
      var question = new TreatNames(house.incarnation(ID), List.of(other), true);
      var refused =
          catchThrowable(() -> house.ask(OriginCollectContract.QUARANTINE_NAMES.at(ID), question));
      assertThat(Failure.from(refused).is(FailureCode.INVALID_REQUEST)).as(other).isTrue();
    }
    // It keeps nobody else from being treated.
    var question = new TreatNames(house.incarnation(ID), List.of(pack, name), true);
    var names = house.ask(OriginCollectContract.QUARANTINE_NAMES.at(ID), question).names();
    assertThat(names).extracting(NameTreated::done).containsExactly(false, true);
    assertThat(names.getFirst().failure()).isEqualTo("it is being written");
    assertThat(house.root(ID).resolve(pack)).exists();
    var removal = new TreatNames(house.incarnation(ID), List.of(pack), true);
    var refused =
        catchThrowable(() -> house.ask(OriginCollectContract.REMOVE_NAMES.at(ID), removal));
    assertThat(Failure.from(refused).is(FailureCode.INVALID_REQUEST)).isTrue();
  }

  private Failure refusal(boolean quarantined) {
    return Failure.from(
        catchThrowable(() -> treat(OriginCollectContract.REMOVE_NAMES, quarantined)));
  }

  @Test
  void aNameInBothPlacesIsTreatedLikeAnyOther() throws Exception {
    long size = Files.size(file());
    var done = new NameTreated(name, true, true, size, null);
    treat(OriginCollectContract.QUARANTINE_NAMES, true);
    house.write(ID, SHARDS, 0);
    assertThat(treat(OriginCollectContract.RESTORE_NAMES, true)).isEqualTo(done);
    assertThat(held()).doesNotExist();
    assertThat(file()).hasSize(size);
    treat(OriginCollectContract.QUARANTINE_NAMES, true);
    house.write(ID, SHARDS, 0);
    assertThat(treat(OriginCollectContract.QUARANTINE_NAMES, true)).isEqualTo(done);
    assertThat(file()).doesNotExist();
    assertThat(held()).hasSize(size);
  }

  @Test
  void theLongerOfTwoIsNotRemovedForTheShorter() throws Exception {
    treat(OriginCollectContract.QUARANTINE_NAMES, true);
    Files.write(file(), new byte[10]);
    assertThat(treat(OriginCollectContract.RESTORE_NAMES, true).done()).isTrue();
    assertThat(held()).hasSize(SHARDS.file(0).length);
    assertThat(file()).hasSize(10);
  }

  @Test
  void aBrakeThatTheCatalogKeepsHoldsFromTheFirstMoment() throws Exception {
    var own = Vertx.vertx();
    var other = new House(own, Files.createDirectory(folder.resolve("other")));
    var deployment = other.origin("disk-9").start();
    other.write("disk-9", SHARDS, 0);
    other.stop(deployment);
    other.catalogEmpty = false;
    var row = Objects.requireNonNull(other.rows.get("disk-9"));
    other.rows.put(
        "disk-9",
        new OriginRow(
            row.originId(),
            row.kind(),
            row.path(),
            row.state(),
            row.incarnation(),
            row.created(),
            "rot"));
    other.start();
    assertThat(other.state("disk-9").braked()).isEqualTo("rot");
    assertThat(other.state("disk-9").writable()).isFalse();
    assertThat(Failure.from(catchThrowable(() -> other.write("disk-9", SHARDS, 1))).text())
        .contains("braked");
    other.ask(OriginCollectContract.BRAKE_ORIGIN.at("disk-9"), new BrakeOrigin(null));
    assertThat(other.check("disk-9").braked()).as("said later").isNull();
    own.close().await();
  }
}
