package io.kintsugi.heal;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogHealContract.Mended;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.HealContract.HealEnded;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.twin.Neighbours;
import io.kintsugi.twin.StoredSegment;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Copies in packs are mended together, and whatever is out of the ordinary is mended alone (A5,
/// A6).
class PackedBatchTest {
  private static final int COUNT = 12;

  @TempDir Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours near = new Neighbours(5);
  private final LinkedBlockingQueue<HealEnded> ended = new LinkedBlockingQueue<>();
  private final List<StoredSegment> all = new ArrayList<>();

  @BeforeEach
  void storeAndLose() throws Exception {
    vertx.deployVerticle(near).await(20, SECONDS);
    near.world().bus().listen(HealContract.HEAL_ENDED, ended::add);
    near.catalog.givesMore = true;
    long offset = 0;
    for (int i = 0; i < COUNT; i++) {
      var made = HealFixture.segment(new Layout(1, 2), 1 + i * 10_000, i + 1);
      var stored = near.keep(made.packed("packs/" + "a".repeat(16) + "-1", offset));
      offset += 1 << 18;
      all.add(stored);
      near.origins.disk("disk-a").files.remove(stored.name(0));
      near.origins.disk("disk-a").records.remove(stored.name(0));
    }
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(20, SECONDS);
  }

  private void heal() throws Exception {
    for (var stored : all) {
      near.catalog.damaged(stored, "Background", HealFixture.damages(stored, Evidence.MISSING, 0));
    }
    var keyFile = Files.writeString(folder.resolve("cluster.key"), StoredSegment.KEY_HEX + "\n");
    var config = new JsonObject().put("keyFile", keyFile.toString());
    vertx
        .deployVerticle(new HealVerticle(), new DeploymentOptions().setConfig(config))
        .await(20, SECONDS);
  }

  private List<Mended> mended() throws InterruptedException {
    return Objects.requireNonNull(near.catalog.mends.poll(20, SECONDS), "no batch").mended();
  }

  private SettleHeal settled() throws InterruptedException {
    return Objects.requireNonNull(near.catalog.settled.poll(20, SECONDS), "not settled");
  }

  private void awaitEnds(int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      assertThat(ended.poll(20, SECONDS)).as("end %s", i).isNotNull();
    }
  }

  private Location first(StoredSegment stored) {
    return near.catalog.segment(stored).locations().getFirst();
  }

  /// The new copy is byte for byte the writer's, and lies in a pack.
  private void assertMended(StoredSegment stored) {
    var segment = near.catalog.segment(stored);
    var at = first(stored);
    assertThat(at.packed()).isNotNull();
    assertThat(at.attemptId()).isNotEqualTo(stored.segment().locations().getFirst().attemptId());
    assertThat(near.origins.disk(at.originId()).bytes(StoredSegment.name(segment, at)))
        .isEqualTo(stored.files().getFirst());
  }

  @Test
  void allThatLayInOnePackIsMendedInOneTransactionAfterItWasReadBack() throws Exception {
    heal();
    assertThat(mended()).hasSize(COUNT);
    awaitEnds(COUNT);
    all.forEach(this::assertMended);
    assertThat(near.catalog.settled).isEmpty();
    assertThat(near.origins.packLooks)
        .anyMatch(look ->
            look.question().depth() == Depth.FORENSIC && look.question().records().size() == COUNT);
  }

  @Test
  void aSourceThatIsNotWhatTheManifestSaysIsLeftToAHealOfItsOwn() throws Exception {
    var odd = all.get(7);
    near.origins.disk("disk-b").files.put(odd.name(1), HealFixture.forge(odd, 1));
    heal();
    assertThat(mended()).hasSize(COUNT - 1);
    settled();
    var at = first(odd);
    if (!at.equals(odd.segment().locations().getFirst())) {
      assertMended(odd);
    }
    all.stream().filter(stored -> !stored.equals(odd)).forEach(this::assertMended);
  }

  @Test
  void whatWasReportedAndIsSoundIsNotTouchedByTheBatch() throws Exception {
    var sound = all.get(3);
    near.origins.keep(sound);
    heal();
    assertThat(mended()).hasSize(COUNT - 1);
    assertThat(settled().outcome()).isEqualTo("healthy");
    assertThat(first(sound)).isEqualTo(sound.segment().locations().getFirst());
  }

  @Test
  void whatDoesNotReadBackAsItWasWrittenIsPointedToByNobody() throws Exception {
    near.origins.disk("disk-a").scribbles = true;
    heal();
    for (int i = 0; i < COUNT; i++) {
      settled();
    }
    assertThat(near.catalog.mends).isEmpty();
    for (var stored : all) {
      var at = first(stored);
      assertThat(at.originId()).as("elsewhere, or where it was").isIn("disk-a", "disk-d", "disk-e");
      if (at.originId().equals("disk-a")) {
        assertThat(at).isEqualTo(stored.segment().locations().getFirst());
      } else {
        assertMended(stored);
      }
    }
  }

  @Test
  void whatIsSeenUnderAMarkerThatIsNotProvenEndsTheBatch() throws Exception {
    near.origins.disk("disk-a").strange = true;
    heal();
    for (int i = 0; i < COUNT; i++) {
      settled();
    }
    assertThat(near.catalog.mends).as("each was looked at alone").isEmpty();
  }

  @Test
  void claimsThatWereLostMoveNothing() throws Exception {
    near.catalog.claimsLost = true;
    heal();
    mended();
    all.forEach(
        stored -> assertThat(first(stored)).isEqualTo(stored.segment().locations().getFirst()));
  }
}
