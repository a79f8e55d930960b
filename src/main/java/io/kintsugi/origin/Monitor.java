package io.kintsugi.origin;

import io.kintsugi.contract.OriginHealthContract.HealthError;
import io.kintsugi.contract.OriginHealthContract.Probes;
import io.kintsugi.contract.OriginHealthContract.Transition;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps the health of one origin: what was met, what was made of it, when to look again.
final class Monitor {
  private static final int ERRORS_KEPT = 10;
  private static final int TRANSITIONS_KEPT = 20;
  private static final double NANOS_PER_MILLI = 1e6;

  private final World world;
  private final HealthRules rules;
  private final Supplier<Duration> interval;
  private final Runnable probe;
  private final ArrayDeque<HealthError> errors = new ArrayDeque<>();
  private final ArrayDeque<Transition> transitions = new ArrayDeque<>();
  private Health health = Health.UNKNOWN;
  private Health.Word told = Health.Word.UNKNOWN;
  private @Nullable Forced forced;
  private World.@Nullable Timer timer;
  private @Nullable Instant nextProbe;
  private @Nullable Instant lastProbe;
  private double lastProbeMillis;
  private long probes;
  private long probesFailed;
  private long workFailures;

  /// An operator's word.
  private record Forced(Health.Word word, Instant until, World.Timer end) {}

  /// @param interval between probes of an origin that is well
  /// @param probe looks at the origin now, and tells what it met
  Monitor(World world, HealthRules rules, Supplier<Duration> interval, Runnable probe) {
    this.world = world;
    this.rules = rules;
    this.interval = interval;
    this.probe = probe;
  }

  HealthRules rules() {
    return rules;
  }

  Health health() {
    return health;
  }

  private long nowMillis() {
    return world.nanos() / 1_000_000;
  }

  /// A probe has ended; tells whether it is well again, and was not.
  ///
  /// @param why null: it went well
  /// @param spared it is not turned to as usual, so probes alone find out whether it could be
  boolean probed(@Nullable String why, long nanos, boolean spared) {
    var before = health.word();
    probes++;
    lastProbe = world.clock().instant();
    lastProbeMillis = nanos / NANOS_PER_MILLI;
    if (why == null) {
      health = health.probeSucceeded(rules, nowMillis());
    } else {
      probesFailed++;
      note(Operation.PROBE, FailureCode.UNAVAILABLE.name(), why);
      health = health.probeFailed(rules, nowMillis(), why);
    }
    boolean well = health.word() == Health.Word.HEALTHY;
    schedule(well && !spared);
    return well && before != Health.Word.HEALTHY;
  }

  /// Looks again before the usual time: nothing was learnt just now.
  void soon() {
    schedule(false);
  }

  private void schedule(boolean well) {
    var usual = interval.get();
    var pause = well || rules.recheck().compareTo(usual) > 0 ? usual : rules.recheck();
    next(HealthRules.jittered(pause, world.random().nextDouble()));
  }

  private void next(Duration pause) {
    if (timer != null) {
      timer.cancel();
    }
    nextProbe = world.clock().instant().plus(pause);
    timer =
        world.after(
            pause,
            () -> {
              nextProbe = null;
              probe.run();
            });
  }

  /// Work met a failure of the origin: it counts at once, and a probe looks what is wrong.
  void workFailed(Operation operation, Failure failure) {
    workFailures++;
    note(operation, failure.code().name(), failure.text());
    health = health.workFailed(rules, nowMillis(), failure.text());
    next(Duration.ofMillis(1));
  }

  void workSucceeded() {
    health = health.workSucceeded();
  }

  private void note(Operation operation, String code, String text) {
    errors.add(new HealthError(world.clock().instant(), operation.word(), code, text));
    if (errors.size() > ERRORS_KEPT) {
      errors.remove();
    }
  }

  /// What others are told now; a change is remembered.
  ///
  /// @param hampered why it does not do all it should
  void settle(@Nullable String hampered) {
    var before = told;
    told = forced == null ? health.told(hampered != null) : forced.word();
    if (told != before) {
      transitions.add(
          new Transition(
              world.clock().instant(), before.word(), told.word(), String.valueOf(why(hampered))));
      if (transitions.size() > TRANSITIONS_KEPT) {
        transitions.remove();
      }
    }
  }

  private String why(@Nullable String hampered) {
    if (forced != null) {
      return "an operator said so";
    }
    var reason = health.reason();
    if (reason != null) {
      return reason;
    }
    return hampered == null ? "it answers well" : hampered;
  }

  /// Why it is not healthy.
  ///
  /// @param hampered why it does not do all it should
  @Nullable String reason(@Nullable String hampered) {
    if (forced != null) {
      return "an operator said so, until " + forced.until();
    }
    return health.reason() != null ? health.reason() : hampered;
  }

  Health.Word told() {
    return told;
  }

  /// @param word null: what is measured counts again
  /// @param changed called when the time of this word is over
  void force(Health.@Nullable Word word, @Nullable Instant until, Runnable changed) {
    if (forced != null) {
      forced.end().cancel();
      forced = null;
    }
    if (word != null && until != null) {
      var end =
          world.after(
              Duration.between(world.clock().instant(), until),
              () -> {
                forced = null;
                changed.run();
              });
      forced = new Forced(word, until, end);
    }
    changed.run();
  }

  @Nullable Instant forcedUntil() {
    return forced == null ? null : forced.until();
  }

  @Nullable Instant ejectedUntil() {
    long now = nowMillis();
    return health.isHeld(rules, now)
        ? world.clock().instant().plusMillis(health.calmMillis(rules) - now)
        : null;
  }

  @Nullable Instant nextProbe() {
    return nextProbe;
  }

  Probes probes() {
    return new Probes(probes, probesFailed, lastProbe, lastProbeMillis);
  }

  long workFailures() {
    return workFailures;
  }

  List<HealthError> errors() {
    return List.copyOf(errors);
  }

  List<Transition> transitions() {
    return List.copyOf(transitions);
  }
}
