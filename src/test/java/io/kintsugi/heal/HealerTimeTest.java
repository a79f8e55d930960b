package io.kintsugi.heal;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogHealContract.RenewHeal;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.ObjectContract;
import io.kintsugi.contract.ObjectContract.LoadReported;
import io.kintsugi.format.KeyRing;
import io.kintsugi.kernel.SimulatedTime;
import io.kintsugi.kernel.VertxWorld;
import io.kintsugi.twin.Neighbours;
import io.kintsugi.twin.StoredSegment;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// The healer in a time that passes when it is told to: long heals, and heals that give way.
class HealerTimeTest {
  private static final int SIZE = 3_000_000;
  private static final int STEPS = 400;

  private final Vertx vertx = Vertx.vertx();
  private final Neighbours near = new Neighbours(10);
  private final Timed timed = new Timed();

  /// A healer that lives in simulated time.
  private static final class Timed extends VerticleBase {
    private @Nullable SimulatedTime time;
    private @Nullable Healer healer;

    @Override
    public Future<?> start() {
      var real = VertxWorld.of(vertx, new JsonObject());
      var simulated = new SimulatedTime(real);
      time = simulated;
      var healing = new Healer(simulated, KeyRing.of(StoredSegment.KEY), "life-1");
      healer = healing;
      healing.start();
      return real.bus().registered();
    }

    /// Lets time pass; how many heals run then.
    Future<Integer> pass(Duration duration) {
      var passed = Promise.<Integer>promise();
      context.runOnContext(_ -> {
        Objects.requireNonNull(time).pass(duration);
        passed.complete(Objects.requireNonNull(healer).running());
      });
      return passed.future();
    }
  }

  @BeforeEach
  void deployNeighbours() throws Exception {
    await(vertx.deployVerticle(near));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, SECONDS);
  }

  private int pass(Duration time) throws Exception {
    return await(timed.pass(time));
  }

  private StoredSegment damaged(int counter, String mode) {
    var stored = near.keep(HealFixture.segment(new Layout(4, 2), SIZE, counter));
    near.origins.disk("disk-a").files.remove(stored.name(0));
    near.catalog.damaged(stored, mode, HealFixture.damages(stored, Evidence.MISSING, 0));
    return stored;
  }

  private void startOnHangingHeal() throws Exception {
    var stored = damaged(1, "Background");
    near.origins.disk("disk-b").hangOnRead.add(stored.name(1));
    await(vertx.deployVerticle(timed));
    int running = 0;
    for (int step = 0; step < STEPS && running == 0; step++) {
      near.catalog.settled.poll(5, MILLISECONDS);
      running = pass(Duration.ZERO);
    }
    assertThat(running).isEqualTo(1);
  }

  @Test
  void aLongHealKeepsItsClaim() throws Exception {
    startOnHangingHeal();
    var held = near.catalog.held.values().iterator().next();
    for (int renewal = 1; renewal <= 30; renewal++) {
      assertThat(pass(Duration.ofSeconds(20))).as("it still runs").isEqualTo(1);
      var renewed = near.catalog.renewals.poll(10, SECONDS);
      assertThat(renewed)
          .as("renewal %s", renewal)
          .isEqualTo(new RenewHeal(held.task().taskId(), 1, held.owner(), 60_000));
    }
    assertThat(near.catalog.renewals).isEmpty();
    assertThat(near.catalog.settled).isEmpty();
  }

  @Test
  void aHealWhoseClaimIsSomebodyElsesIsBrokenOffAtItsNextRenewal() throws Exception {
    startOnHangingHeal();
    near.catalog.claimsLost = true;
    assertThat(pass(Duration.ofSeconds(20))).isEqualTo(1);
    Objects.requireNonNull(near.catalog.renewals.poll(10, SECONDS));
    int running = 1;
    for (int step = 0; step < STEPS && running > 0; step++) {
      running = pass(Duration.ofMillis(1));
      near.catalog.settled.poll(5, MILLISECONDS);
    }
    assertThat(running).isZero();
    assertThat(near.catalog.settled).isEmpty();
    assertThat(near.catalog.moves).isEmpty();
  }

  private @Nullable SettleHeal stepsUntilSettled(Duration step, int steps) throws Exception {
    for (int i = 0; i < steps; i++) {
      pass(step);
      var end = near.catalog.settled.poll(10, MILLISECONDS);
      if (end != null) {
        return end;
      }
    }
    return null;
  }

  /// One second of load was seen: the healer goes at its floor, to learn what is usual.
  private void startUnderLoad() throws Exception {
    await(vertx.deployVerticle(timed));
    Objects.requireNonNull(near.catalog.claims.poll(10, SECONDS));
    near.world()
        .bus()
        .publish(ObjectContract.LOAD_REPORTED, new LoadReported("node-1/1", 4, 200, 2, 9));
    // The report travels on a road of its own; a question behind it tells that it is there.
    assertThat(near.catalog.settled.poll(200, MILLISECONDS)).isNull();
    pass(Duration.ofSeconds(1));
  }

  @Test
  @DisplayName("A9: under load a heal waits for its turn at each origin, and still progresses")
  void underLoadAHealGivesWay() throws Exception {
    startUnderLoad();
    var stored = damaged(1, "Background");
    pass(Duration.ofSeconds(2));
    assertThat(near.catalog.settled.poll(500, MILLISECONDS)).as("time stands still").isNull();
    var end = stepsUntilSettled(Duration.ofMillis(50), STEPS);
    assertThat(Objects.requireNonNull(end).outcome()).isEqualTo("healed");
    assertThat(near.catalog.segment(stored).locations().getFirst().attemptId())
        .isNotEqualTo(stored.segment().locations().getFirst().attemptId());
  }

  @Test
  @DisplayName("an emergency ignores the pace")
  void anEmergencyDoesNotWait() throws Exception {
    startUnderLoad();
    damaged(1, "Emergency");
    pass(Duration.ofSeconds(2));
    var end = near.catalog.settled.poll(10, SECONDS);
    assertThat(Objects.requireNonNull(end).outcome()).isEqualTo("healed");
  }
}
