package io.kintsugi.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The connections of one driver to its server (B9).
class LinkPoolTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private static final class Line implements Closeable {
    private volatile boolean open = true;

    @Override
    public void close() {
      open = false;
    }
  }

  private static final class Exchange implements LinkPool.Maker<Line> {
    private final List<Line> made = new ArrayList<>();
    private @Nullable Fault refusal;

    @Override
    public synchronized Line connect(Deadline deadline) throws DriverException {
      if (refusal != null) {
        throw new DriverException(refusal);
      }
      made.add(new Line());
      return made.getLast();
    }

    @Override
    public boolean isUsable(Line connection) {
      return connection.open;
    }

    long open() {
      return made.stream().filter(line -> line.open).count();
    }
  }

  private final Exchange exchange = new Exchange();

  private LinkPool<Line> pool(int connections) {
    return pool(connections, LONG, LONG);
  }

  private LinkPool<Line> pool(int connections, Duration idle, Duration maxAge) {
    return new LinkPool<>(new LinkSettings(connections, LONG, idle, maxAge), exchange);
  }

  @Test
  void oneUserAfterTheOtherUsesOneConnection() throws Exception {
    var pool = pool(4);
    for (int i = 0; i < 10; i++) {
      pool.lease("x").close();
    }
    assertThat(exchange.made).hasSize(1);
  }

  @Test
  void usersAtATimeGetOneEachUntilTheyHaveToShare() throws Exception {
    var pool = pool(2);
    var leases = new ArrayList<LinkPool<Line>.Lease>();
    for (int i = 0; i < 4; i++) {
      leases.add(pool.lease("x"));
    }
    assertThat(exchange.made).hasSize(2);
    assertThat(leases.get(0).connection()).isNotSameAs(leases.get(1).connection());
    assertThat(leases.get(2).connection()).isNotSameAs(leases.get(3).connection());
  }

  @Test
  void theIdleAndTheOldAreGivenUpButNotUnderTheirUsers() throws Exception {
    var idle = pool(4, Duration.ofNanos(1), LONG);
    idle.lease("x").close();
    idle.lease("x").close();
    assertThat(exchange.made).hasSize(2);
    assertThat(exchange.open()).isEqualTo(1);
    idle.close();
    var old = pool(4, LONG, Duration.ofNanos(1));
    var lease = old.lease("x");
    old.lease("x").close();
    assertThat(lease.connection().open).isTrue();
    lease.close();
    assertThat(lease.connection().open).isFalse();
  }

  @Test
  void whatMayBeDoneTwiceIsDoneOnceMoreWhereAUsedConnectionIsDead() throws Exception {
    var pool = pool(4);
    var calls = new AtomicInteger();
    LinkPool.Work<Line, Integer> dead =
        line -> {
          if (calls.incrementAndGet() == 2) {
            throw new DriverException(new Fault.Disconnected("x", "reset"));
          }
          return exchange.made.indexOf(line);
        };
    assertThat(pool.<Integer>run("x", true, dead)).isZero();
    assertThat(pool.<Integer>run("x", true, dead)).isEqualTo(1);
    assertThat(calls).hasValue(3);
    assertThat(exchange.open()).isEqualTo(1);
  }

  @Test
  void nothingIsDoneTwiceThatMustNotBeNorAfterAnythingElse() throws Exception {
    var pool = pool(4);
    pool.lease("x").close();
    var calls = new AtomicInteger();
    assertFails(pool, false, new Fault.Disconnected("x", "reset"), calls);
    pool.lease("x").close();
    assertFails(pool, true, new Fault.Timeout("x"), calls);
    pool.lease("x").close();
    assertFails(pool, true, new Fault.NotFound("x"), calls);
    assertThat(calls).hasValue(3);
    assertThat(exchange.made).as("a name that is not there breaks no connection").hasSize(3);
  }

  private static void assertFails(
      LinkPool<Line> pool, boolean repeatable, Fault fault, AtomicInteger calls) {
    assertThatThrownBy(() ->
            pool.run(
                "x",
                repeatable,
                _ -> {
                  calls.incrementAndGet();
                  throw new DriverException(fault);
                }))
        .isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.fault()).isEqualTo(fault));
  }

  @Test
  void aRefusalLeavesRoomForTheNextAttempt() throws Exception {
    var pool = pool(1);
    exchange.refusal = new Fault.Misconfigured("", "no");
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> pool.lease("x")).isInstanceOf(DriverException.class);
    }
    exchange.refusal = null;
    assertThat(pool.lease("x").connection().open).isTrue();
  }

  @Test
  void closingCutsAllAndLetsNobodyIn() throws Exception {
    var pool = pool(2);
    pool.lease("x").close();
    var used = pool.lease("x");
    used.discard();
    var other = pool.lease("x");
    pool.close();
    assertThat(used.connection().open).isFalse();
    assertThat(other.connection().open).isFalse();
    assertThatThrownBy(() -> pool.lease("x")).hasMessageContaining("closed");
  }
}
