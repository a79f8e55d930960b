package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.ClaimedHeals;
import io.kintsugi.contract.CatalogHealContract.RemapPriorities;
import io.kintsugi.contract.CatalogHealContract.RenewHeal;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.GetPolicies;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.format.KeyRing;
import io.kintsugi.heal.Claim.End;
import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes tasks from the durable queue and has them worked on, as many at once as the policy allows.
final class Healer {
  private static final Logger LOG = LoggerFactory.getLogger(Healer.class);
  private static final String NAME = "healer";
  private static final String STOPPED = "Stopped";
  private static final Duration POLL = Duration.ofSeconds(2);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
  private static final long LEASE_MILLIS = 60_000;

  /// A lease is renewed so many times in its life.
  private static final int RENEWALS = 3;

  /// After that, the lease runs out and the task is claimed anew.
  private static final int SETTLE_TRIES = 10;

  /// So many small segments are claimed at once, to be mended together.
  private static final int BATCH_MAX = 256;

  /// Fewer are no quicker together.
  private static final int BATCH_MIN = 4;

  /// One reads and writes while the other commits.
  private static final int BATCHES_MAX = 2;

  private final World world;
  private final WriteSession session;
  private final Pacer pacer;
  private final Bench bench;
  private final Haste haste;
  private final Absences absences;
  private final Relocations relocations;
  private final Map<Long, Repair> running = new LinkedHashMap<>();

  /// Claimed, and waiting for room.
  private final ArrayDeque<Repair> backlog = new ArrayDeque<>();

  /// Those that are mended together.
  private final Set<Repair> grouped = new HashSet<>();

  private int batches;
  private @Nullable Policies policies;
  private @Nullable String lastError;
  private Instant lastCheck;
  private boolean claiming;
  private boolean claimAgain;
  private boolean closed;
  private long shardsRepaired;
  private long bytesRepaired;

  Healer(World world, KeyRing keys, String life) {
    this.world = world;
    session = new WriteSession(world, life, this::sessionChanged);
    haste = new Haste(world, this::wake);
    pacer = new Pacer(world, () -> !running.isEmpty());
    relocations = new Relocations(world, this::wake, () -> running.isEmpty());
    absences = new Absences(world, this::wake, relocations::isRemoved);
    bench = new Bench(world, session, keys, pacer.turns(), absences, relocations);
    lastCheck = world.clock().instant();
  }

  void start() {
    world.bus().listen(PolicyContract.POLICIES_CHANGED, this::apply);
    world.bus().listen(HealContract.DAMAGE_REPORTED, _ -> wake());
    world.bus().listen(OriginContract.ORIGIN_CHANGED, haste::meet);
    world.every(POLL, this::wake);
    world.every(Duration.ofMillis(LEASE_MILLIS / RENEWALS), this::renewClaims);
    session.open();
    askPolicies();
    haste.begin();
    absences.start();
    relocations.start();
    pacer.start();
  }

  Future<Void> stop() {
    closed = true;
    haste.close();
    absences.close();
    relocations.close();
    breakOffAll("the healer is shutting down");
    return session.close();
  }

  /// Closing a session gave its claims back: whoever has them now must not be disturbed, and what
  /// is being written under it would be refused.
  private void sessionChanged() {
    for (var repair : List.copyOf(running.values())) {
      if (!repair.claim().owner().equals(session.id())) {
        repair.breakOff(End.of(End.LOST, "the write session was lost"));
      }
    }
    wake();
  }

  @Nullable Policies policies() {
    return policies;
  }

  int running() {
    return running.size();
  }

  long shardsRepaired() {
    return shardsRepaired;
  }

  long bytesRepaired() {
    return bytesRepaired;
  }

  Subsystem subsystem() {
    String status = running.isEmpty() ? "Idle" : "Healing";
    if (isStopped()) {
      status = STOPPED;
    } else if (lastError != null && running.isEmpty()) {
      status = "Failed";
    }
    var wrong = lastError == null ? absences.complaint() : lastError;
    return new Subsystem(NAME, status, lastCheck, wrong);
  }

  Absences absences() {
    return absences;
  }

  private boolean isStopped() {
    return policies == null || policies.system().status().equals(STOPPED);
  }

  private void askPolicies() {
    if (closed || policies != null) {
      return;
    }
    world
        .bus()
        .ask(PolicyContract.GET_POLICIES, new GetPolicies())
        .onSuccess(known -> {
          if (policies == null) {
            apply(known);
          }
        })
        .onFailure(_ -> world.after(TRY_AGAIN, this::askPolicies));
  }

  private void apply(Policies changed) {
    var before = policies;
    policies = changed;
    if (before == null
        || !before.heal().priorityMapping().equals(changed.heal().priorityMapping())) {
      remap(changed.heal());
    }
    if (isStopped()) {
      breakOffAll("healing was stopped");
    }
    absences.apply(changed.heal());
    wake();
  }

  private void remap(HealPolicy policy) {
    var mapping = policy.priorityMapping();
    var question =
        new RemapPriorities(
            mapping.getOrDefault("critical_buckets", Priority.CRITICAL),
            mapping.getOrDefault("important_buckets", Priority.HIGH),
            mapping.getOrDefault("standard_buckets", Priority.NORMAL));
    world
        .bus()
        .ask(CatalogHealContract.REMAP_PRIORITIES, question)
        .onFailure(cause -> {
          LOG.info("priorities not mapped yet: {}", Failure.from(cause).text());
          world.after(
              TRY_AGAIN,
              () -> {
                if (!closed && policies != null && policies.heal().equals(policy)) {
                  remap(policy);
                }
              });
        });
  }

  private void breakOffAll(String reason) {
    var end = End.of(End.INTERRUPTED, reason);
    List.copyOf(running.values()).forEach(repair -> repair.breakOff(end));
  }

  /// Takes as many tasks as there is room for. Called whenever there may be some.
  void wake() {
    work();
    var known = policies;
    var owner = session.id();
    if (closed || known == null || owner == null || isStopped()) {
      return;
    }
    if (claiming) {
      claimAgain = true;
      return;
    }
    int room = room(known.heal());
    // Beside full batches one goes alone, so that nothing urgent waits for them to end.
    boolean more = batches < BATCHES_MAX;
    if (room <= 0 || !backlog.isEmpty() || (!more && alone() > 0)) {
      return;
    }
    claiming = true;
    var question =
        new ClaimHeals(
            owner,
            more ? room : 1,
            LEASE_MILLIS,
            !known.heal().autoHealEnabled(),
            List.copyOf(running.keySet()),
            more ? BATCH_MAX : null);
    world
        .bus()
        .ask(CatalogHealContract.CLAIM_HEALS, question)
        .onComplete(answer -> {
          claiming = false;
          lastCheck = world.clock().instant();
          if (answer.succeeded()) {
            lastError = null;
            begin(answer.result(), owner, known.heal());
          } else {
            claimRefused(Failure.from(answer.cause()), owner);
          }
          if (claimAgain) {
            claimAgain = false;
            wake();
          }
        });
  }

  private void claimRefused(Failure failure, String owner) {
    lastError = failure.text();
    if (failure.is(FailureCode.CONFLICT) && "session".equals(failure.detail("what"))) {
      session.lost(owner);
    }
  }

  private void begin(ClaimedHeals claimed, String owner, HealPolicy policy) {
    var small = new ArrayList<Repair>();
    for (var task : claimed.tasks()) {
      CrashPoint.HEAL_CLAIMED.pass();
      var repair = new Repair(bench, policy, new Claim(task, owner));
      running.put(task.taskId(), repair);
      (PackedTask.is(repair.claim()) ? small : backlog).add(repair);
      if (isStopped() || closed) {
        repair.breakOff(End.of(End.INTERRUPTED, "healing was stopped"));
      }
    }
    if (small.size() < BATCH_MIN) {
      backlog.addAll(small);
    } else {
      together(small, policy);
    }
    work();
  }

  /// A batch takes the place of one.
  private int room(HealPolicy policy) {
    return pacer.room(
        Math.min(policy.maxWorkers(), policy.maxConcurrentHeals()), alone() + batches);
  }

  private int alone() {
    return running.size() - grouped.size() - backlog.size();
  }

  private void work() {
    var known = policies;
    while (known != null && !backlog.isEmpty() && room(known.heal()) > 0) {
      var repair = backlog.remove();
      repair.run().onSuccess(end -> settle(repair, end, SETTLE_TRIES));
    }
  }

  private void together(List<Repair> small, HealPolicy policy) {
    batches++;
    grouped.addAll(small);
    new PackedBatch(bench, policy.healVerificationRequired(), small)
        .run()
        .onSuccess(ends -> {
          batches--;
          small.forEach(grouped::remove);
          small.stream().filter(repair -> !ends.containsKey(repair)).forEach(backlog::add);
          ends.forEach(this::settled);
          wake();
        });
  }

  private void renewClaims() {
    for (var repair : List.copyOf(running.values())) {
      var task = repair.claim().task();
      var question =
          new RenewHeal(task.taskId(), task.attempt(), repair.claim().owner(), LEASE_MILLIS);
      world
          .bus()
          .ask(CatalogHealContract.RENEW_HEAL, question)
          .onFailure(cause -> {
            var failure = Failure.from(cause);
            if (failure.is(FailureCode.CONFLICT) || failure.is(FailureCode.NOT_FOUND)) {
              repair.breakOff(End.of(End.LOST, failure.text()));
            }
          });
    }
  }

  private void settle(Repair repair, End end, int tries) {
    var claim = repair.claim();
    var task = claim.task();
    if (end.word().equals(End.LOST)) {
      LOG.atWarn()
          .addKeyValue("task", task.taskId())
          .log("claim lost attempt={}: {}", task.attempt(), end.reason());
      leave(repair);
      return;
    }
    var question =
        new SettleHeal(
            task.taskId(),
            task.attempt(),
            claim.owner(),
            end.word(),
            end.result(),
            end.reason(),
            end.retryMillis(),
            end.verified());
    world
        .bus()
        .ask(CatalogHealContract.SETTLE_HEAL, question)
        .onSuccess(_ -> settled(repair, end))
        .onFailure(cause -> {
          var failure = Failure.from(cause);
          boolean again = failure.is(FailureCode.TIMEOUT) || failure.is(FailureCode.UNAVAILABLE);
          if (closed) {
            // Its session is closed, and gave the claim back.
            leave(repair);
          } else if (again && tries > 1) {
            world.after(TRY_AGAIN, () -> settle(repair, end, tries - 1));
          } else {
            LOG.atWarn()
                .addKeyValue("task", task.taskId())
                .addKeyValue("code", failure.code())
                .log("not settled: {}", failure.text());
            leave(repair);
          }
        });
  }

  private void settled(Repair repair, End end) {
    var task = repair.claim().task();
    shardsRepaired += end.shardsRepaired();
    bytesRepaired += end.bytesWritten();
    HealNews.tell(world, task, end);
    leave(repair);
  }

  private void leave(Repair repair) {
    running.remove(repair.claim().task().taskId(), repair);
    wake();
  }
}
