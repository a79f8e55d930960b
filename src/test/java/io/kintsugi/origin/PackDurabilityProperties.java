package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.RecordsWritten;
import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.driver.LocalDriver;
import io.kintsugi.format.Geometry;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever fails at whatever step: a record that was acknowledged survives a loss of power right
/// then, byte for byte (F2).
@ExtendWith(VertxExtension.class)
class PackDurabilityProperties {
  private static final int QUESTIONS = 40;
  private static final int NO_LAST_STEP = Integer.MAX_VALUE;

  /// A disk that fails now and then is turned to again at once, or hardly anything would be tried.
  private static final JsonObject FORGIVING =
      new JsonObject().put("local", new JsonObject().put("calmMillis", 1).put("calmMaxMillis", 1));

  @TempDir Path folder;
  private int acknowledged;
  private int failed;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void whatIsAcknowledgedSurvivesThoughWritesAndFlushesFailNowAndThen(long seed, Vertx vertx)
      throws Exception {
    var random = new Random(seed);
    var driver = unreliable(random, 0.15, NO_LAST_STEP);
    var house = started(vertx, driver);
    tryAll(house, driver, random);
    assertThat(acknowledged).isPositive();
    assertThat(driver.packs()).hasSizeGreaterThan(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 25, 30})
  void whatIsAcknowledgedSurvivesALossOfPowerAtEachStep(int lastStep, Vertx vertx)
      throws Exception {
    var random = new Random(lastStep);
    var driver = unreliable(random, 0, lastStep + stepsOfAStart());
    var house = started(vertx, driver);
    tryAll(house, driver, random);
    assertThat(failed).isPositive();
    // Make, flush two folders, write, flush; what waits is written in one go or a few.
    if (lastStep < 5) {
      assertThat(acknowledged).isZero();
    } else if (lastStep >= 10) {
      assertThat(acknowledged).isPositive();
    }
  }

  private UnreliableDriver unreliable(Random random, double failureShare, int lastStep) {
    return new UnreliableDriver(
        new LocalDriver(folder.resolve("disk-1")), random, failureShare, lastStep);
  }

  /// Enrolment flushes folders too, and must not fail.
  private int stepsOfAStart() throws Exception {
    var driver =
        new UnreliableDriver(
            new LocalDriver(folder.resolve("other/disk-1")), new Random(0), 0, NO_LAST_STEP);
    // Whoever keeps rows for one house would answer another's questions on the same bus.
    var apart = Vertx.vertx();
    try {
      var house = new House(apart, Files.createDirectory(folder.resolve("other")));
      house.stop(house.origin("disk-1").start(_ -> driver));
      return driver.steps();
    } finally {
      apart.close().await();
    }
  }

  private House started(Vertx vertx, UnreliableDriver driver) throws Exception {
    var house = new House(vertx, folder).with("health", FORGIVING).origin("disk-1");
    house.start(_ -> driver);
    return house;
  }

  private void tryAll(House house, UnreliableDriver driver, Random random) throws Exception {
    int counter = 1;
    for (int round = 0; round < QUESTIONS / 4; round++) {
      var asked = new ArrayList<List<ShardFiles>>();
      var answers = new ArrayList<Future<RecordsWritten>>();
      for (int i = 0; i < 4; i++) {
        var shards = new ArrayList<ShardFiles>();
        for (int n = random.nextInt(3); n >= 0; n--) {
          shards.add(
              ShardFiles.of(
                  ShardFiles.writeId(counter++),
                  new Geometry(1, 1),
                  random.nextInt(random.nextInt(8) == 0 ? 1_500_000 : 3000)));
        }
        asked.add(shards);
        var records = shards.stream().map(s -> s.record(0)).toArray(ShardRecord[]::new);
        answers.add(house.on(() -> Future.succeededFuture(house.beginRecords("disk-1", records))));
      }
      for (int i = 0; i < 4; i++) {
        judge(driver, asked.get(i), answers.get(i));
      }
      house.check("disk-1");
    }
  }

  private void judge(
      UnreliableDriver driver, List<ShardFiles> shards, Future<RecordsWritten> answer)
      throws Exception {
    RecordsWritten written;
    try {
      written = House.await(answer);
    } catch (Failure refused) {
      failed += shards.size();
      return;
    }
    for (int i = 0; i < shards.size(); i++) {
      var place = written.records().get(i).packed();
      if (place == null) {
        assertThat(written.records().get(i).failedCode()).isNotNull();
        failed++;
      } else {
        acknowledged++;
        assertThat(driver.survives(place.pack(), place.offset(), shards.get(i).packed(0)))
            .as("%s", place)
            .isTrue();
      }
    }
  }
}
