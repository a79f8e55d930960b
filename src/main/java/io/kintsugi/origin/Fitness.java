package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.driver.Driver;
import io.kintsugi.origin.Enrolment.Standing;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an origin that answers can do now, and what it cannot.
final class Fitness {
  private final OriginThreads threads;
  private final OriginThreads probes;
  private final Breakers breakers;
  private Room room = Room.UNSEEN;
  private boolean readOnly;
  private boolean misconfigured;
  private @Nullable String braked;

  /// Why it could not be asked since it was probed last, which is not its fault.
  private @Nullable String starved;

  /// When an ordinary operation went well last.
  private long workedNanos;

  Fitness(OriginThreads threads, OriginThreads probes, Breakers breakers) {
    this.threads = threads;
    this.probes = probes;
    this.breakers = breakers;
  }

  /// Takes note of what a look showed.
  void look(Standing before, Standing found, long reserveBytes) {
    braked = found.braked(before, braked);
    starved = null;
    misconfigured = found.isMisconfigured();
    var look = found.look();
    if (found.reason() == null && look != null && look.space() != null) {
      room = Room.of(look.space(), reserveBytes);
      readOnly = !look.writable();
    }
  }

  /// Takes note of what a look at plain files showed, where nobody needs room.
  ///
  /// @param space null: it could not be seen
  void look(boolean foreign, Driver.@Nullable Space space) {
    starved = null;
    misconfigured = foreign;
    if (space != null) {
      room = new Room(space.totalBytes(), space.freeBytes(), space.freeInodes(), false);
    }
  }

  /// Nobody could ask it, so nothing is known that is new: it is as well as it was, and no better
  /// than degraded.
  void starve(String why) {
    starved = why;
  }

  Room room() {
    return room;
  }

  void wrote(long bytes) {
    room = room.less(bytes);
  }

  void worked(long nowNanos) {
    workedNanos = nowNanos;
  }

  void ranFull() {
    room = room.exhausted();
  }

  void refusedWrites() {
    readOnly = true;
  }

  boolean isReadOnly() {
    return readOnly;
  }

  @Nullable String braked() {
    return braked;
  }

  void brake(@Nullable String why) {
    braked = why;
  }

  /// Nothing comes back from it: every thread waits past its deadline, or a probe does and no work
  /// has gone well since.
  boolean isHung() {
    return threads.isStuck() || (probes.stuck() > 0 && workedNanos < probes.stuckSinceNanos());
  }

  boolean takesShards() {
    return !room.full() && !readOnly && !misconfigured && braked == null && !isHung();
  }

  List<String> flags() {
    var flags = new ArrayList<String>();
    if (isHung()) {
      flags.add(OriginState.HUNG);
    }
    if (room.full()) {
      flags.add(OriginState.FULL);
    }
    if (readOnly) {
      flags.add(OriginState.READ_ONLY);
    }
    if (misconfigured) {
      flags.add(OriginState.MISCONFIGURED);
    }
    return flags;
  }

  /// Why it does not do all it should, though it answers; null if it does. While something hangs,
  /// that its marker can be read does not make it well.
  @Nullable String hampered() {
    if (threads.stuck() > 0) {
      return threads.stuck() + " operations hang";
    }
    if (isHung()) {
      return "it hangs";
    }
    if (braked != null) {
      return "it is braked: " + braked;
    }
    if (readOnly) {
      return "it takes no writes";
    }
    if (room.full()) {
      return "it is full";
    }
    return starved == null ? breakers.reason() : starved;
  }
}
