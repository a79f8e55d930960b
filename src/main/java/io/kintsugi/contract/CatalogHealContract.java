package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The durable heal queue, as the catalog keeps it. One row per damaged segment; whoever reports
/// the same segment again merges into the open row. A damage row is never dropped: it waits, with
/// back-off, until it is healed, found unrecoverable (and then tried again, seldom), or its segment
/// is no longer alive.
public final class CatalogHealContract {
  public static final Call<ReportDamage, DamageReported> REPORT_DAMAGE =
      new Call<>("catalog.call.report-damage.v1", ReportDamage.class, DamageReported.class);
  public static final Call<OpenRequest, HealRequest> OPEN_REQUEST =
      new Call<>("catalog.call.open-heal-request.v1", OpenRequest.class, HealRequest.class);
  public static final Call<FindRequest, HealRequest> FIND_REQUEST =
      new Call<>("catalog.call.find-heal-request.v1", FindRequest.class, HealRequest.class);
  public static final Call<ListRequests, HealRequests> LIST_REQUESTS =
      new Call<>("catalog.call.list-heal-requests.v1", ListRequests.class, HealRequests.class);
  public static final Call<CancelRequest, HealRequest> CANCEL_REQUEST =
      new Call<>("catalog.call.cancel-heal-request.v1", CancelRequest.class, HealRequest.class);
  public static final Call<ClaimHeals, ClaimedHeals> CLAIM_HEALS =
      new Call<>("catalog.call.claim-heals.v1", ClaimHeals.class, ClaimedHeals.class);
  public static final Call<RenewHeal, Done> RENEW_HEAL =
      new Call<>("catalog.call.renew-heal.v1", RenewHeal.class, Done.class);
  public static final Call<MoveShards, ShardsMoved> MOVE_SHARDS =
      new Call<>("catalog.call.move-shards.v1", MoveShards.class, ShardsMoved.class);
  public static final Call<SettleHeal, Done> SETTLE_HEAL =
      new Call<>("catalog.call.settle-heal.v1", SettleHeal.class, Done.class);
  public static final Call<MendPacked, PackedMended> MEND_PACKED =
      new Call<>("catalog.call.mend-packed.v1", MendPacked.class, PackedMended.class);
  public static final Call<HastenHeals, HealsHastened> HASTEN_HEALS =
      new Call<>("catalog.call.hasten-heals.v1", HastenHeals.class, HealsHastened.class);
  public static final Call<ListActive, ActiveHeals> LIST_ACTIVE =
      new Call<>("catalog.call.list-active-heals.v1", ListActive.class, ActiveHeals.class);
  public static final Call<GetQueue, Queue> GET_QUEUE =
      new Call<>("catalog.call.get-heal-queue.v1", GetQueue.class, Queue.class);
  public static final Call<RemapPriorities, Done> REMAP_PRIORITIES =
      new Call<>("catalog.call.remap-priorities.v1", RemapPriorities.class, Done.class);

  /// What was seen of one shard.
  ///
  /// @param attemptId of the location row that was looked at; if the row has moved on, the report
  ///   is void
  /// @param manifestOnly only header or footer are damaged
  public record Damage(
      String writeId,
      int shardIndex,
      String attemptId,
      String originId,
      Evidence evidence,
      boolean manifestOnly,
      String detail) {}

  /// Damage met.
  ///
  /// @param cause scan, read, write, replace or absent
  /// @param priority null: by the bucket's class
  public record ReportDamage(
      List<Damage> damages, String cause, @Nullable String scanId, @Nullable Priority priority) {
    public ReportDamage {
      damages = List.copyOf(damages);
    }
  }

  /// What became of a report.
  ///
  /// @param reported how many segments have an open row now because of it
  public record DamageReported(int reported) {}

  /// A person's or program's wish to have one object checked and mended. Joins rows of its segments
  /// that are open, or were completed since the latest scan began, and raises their priority;
  /// segments without one get a row that first verifies every shard.
  ///
  /// @param capacity how many requests may be open; beyond it QUEUE_FULL
  public record OpenRequest(
      String bucket,
      String key,
      @Nullable String versionId,
      Priority priority,
      String mode,
      int maxRetries,
      int capacity) {}

  /// A request and how it stands.
  ///
  /// @param requestId `heal-<n>`
  /// @param mode RealTime, Background, OnDemand or Emergency
  /// @param status Queued, Running, Completed, Failed, Cancelled or Unrecoverable
  /// @param queuePosition 1 is next; null once it runs or ended
  public record HealRequest(
      String requestId,
      String bucket,
      String key,
      @Nullable String versionId,
      Priority priority,
      String mode,
      String status,
      @Nullable Integer queuePosition,
      int retries,
      int maxRetries,
      Instant created,
      @Nullable Instant estimatedStart,
      @Nullable Instant ended,
      @Nullable HealResult result,
      @Nullable String reason) {}

  /// What healing an object did.
  ///
  /// @param strategyUsed DataShardRepair, ParityShardRepair, HybridRepair, ReplicaRepair,
  ///   ManifestRepair; null if nothing was wrong
  public record HealResult(
      boolean success,
      int shardsRepaired,
      int totalShards,
      long durationMillis,
      @Nullable String strategyUsed,
      List<Validation> validations) {
    public HealResult {
      validations = List.copyOf(validations);
    }
  }

  /// One check after a repair.
  ///
  /// @param type Checksum, ShardCount or ReadBack
  public record Validation(String type, boolean passed, String details, long durationMillis) {}

  public record FindRequest(String requestId) {}

  /// Asks for requests, newest first.
  ///
  /// @param status null: all
  /// @param after request id to continue behind, newest first; null: from the newest
  public record ListRequests(@Nullable String status, @Nullable String after, int max) {}

  public record HealRequests(List<HealRequest> requests, @Nullable String nextAfter) {
    public HealRequests {
      requests = List.copyOf(requests);
    }
  }

  /// Cancels the request; damage rows it joined go on. CONFLICT if it ended already.
  public record CancelRequest(String requestId) {}

  /// Takes due rows, most endangered first (remaining redundancy, then priority, then age), in one
  /// statement. CONFLICT (`what=session`) if the owner is a session that is closed: closing it gave
  /// back what it had claimed.
  ///
  /// @param owner who works on them: the session id of the healer
  /// @param onDemandOnly true while automatic healing is off: only rows somebody asked for
  /// @param holding the tasks that this owner knows it holds; what else stands in its name was
  ///   claimed in a question whose answer never came, and can be claimed anew. Null: it does not
  ///   say
  /// @param packedMax besides, up to so many rows of small segments that lie in packs alone, which
  ///   are healed together; null: none
  public record ClaimHeals(
      String owner,
      int max,
      long leaseMillis,
      boolean onDemandOnly,
      @Nullable List<Long> holding,
      @Nullable Integer packedMax) {
    public ClaimHeals {
      holding = holding == null ? null : List.copyOf(holding);
    }

    /// A claim of rows that are healed one by one.
    public ClaimHeals(
        String owner,
        int max,
        long leaseMillis,
        boolean onDemandOnly,
        @Nullable List<Long> holding) {
      this(owner, max, leaseMillis, onDemandOnly, holding, null);
    }
  }

  public record ClaimedHeals(List<HealTask> tasks) {
    public ClaimedHeals {
      tasks = List.copyOf(tasks);
    }
  }

  /// One claimed row with its segment as the catalog has it now.
  ///
  /// @param attempt counts claims; every later statement of this claim names it
  /// @param failures how often it was put back since something of it was mended; claims that ended
  ///   with their owner's process do not count
  /// @param known what was reported; empty: verify all shards first
  /// @param cause scan, read, write, replace, request, absent; surplus: drop what is there twice;
  ///   relay: write it anew with its bucket's full layout
  public record HealTask(
      long taskId,
      int attempt,
      int failures,
      String bucket,
      String key,
      @Nullable String versionId,
      Segment segment,
      List<Damage> known,
      Priority priority,
      String mode,
      String cause) {
    public HealTask {
      known = List.copyOf(known);
    }
  }

  /// Fails with CONFLICT if the claim was lost.
  public record RenewHeal(long taskId, int attempt, String owner, long leaseMillis) {}

  /// One compare-and-set per rebuilt shard: the row that still names `oldAttemptId`, of a segment
  /// still alive, is pointed to the new copy. What did not move is garbage.
  public record MoveShards(
      String sessionId, long taskId, int attempt, String writeId, List<Move> moves) {
    public MoveShards {
      moves = List.copyOf(moves);
    }
  }

  /// One row and the copy it is to point to.
  ///
  /// @param oldAttemptId null: nothing is moved, the row is added beside one of an absent origin,
  ///   if no sound row of that index is there
  public record Move(@Nullable String oldAttemptId, Location location) {}

  /// What a move changed.
  ///
  /// @param movedIndexes shard indexes that moved
  public record ShardsMoved(List<Integer> movedIndexes) {
    public ShardsMoved {
      movedIndexes = List.copyOf(movedIndexes);
    }
  }

  /// Ends a claim. Idempotent by task and attempt.
  ///
  /// @param outcome healed, healthy (nothing was wrong), retry, unrecoverable, gone (the segment is
  ///   no longer alive) or interrupted (the healer was told to stop: due at once, and no failure)
  /// @param retryMillis for `retry` and `unrecoverable`: when to try again
  /// @param verified every shard of the segment was verified while at it
  public record SettleHeal(
      long taskId,
      int attempt,
      String owner,
      String outcome,
      @Nullable HealResult result,
      @Nullable String reason,
      long retryMillis,
      boolean verified) {}

  /// For segments in packs: moves the rows and ends the claims as healed, all in one transaction.
  /// Idempotent. Fails as [MoveShards] does where the session is at fault.
  public record MendPacked(String sessionId, List<Mended> mended) {
    public MendPacked {
      mended = List.copyOf(mended);
    }
  }

  /// One claim and what was rebuilt under it; each move names the attempt that it replaces.
  public record Mended(
      long taskId, int attempt, String writeId, List<Move> moves, HealResult result) {
    public Mended {
      moves = List.copyOf(moves);
    }
  }

  /// What came of it.
  ///
  /// @param taskIds whose claims have ended; the others are as they were
  public record PackedMended(List<Long> taskIds) {
    public PackedMended {
      taskIds = List.copyOf(taskIds);
    }
  }

  /// Makes rows due that back off, the most endangered first: what they waited for may be there.
  public record HastenHeals(int max) {}

  /// What was hastened.
  ///
  /// @param rows how many were made due; as many as were asked for: there may be more
  public record HealsHastened(int rows) {}

  /// Asks for what is worked on now, the longest first, whoever wanted it and wherever it is done.
  public record ListActive(int max) {}

  public record ActiveHeals(List<ActiveHeal> heals) {
    public ActiveHeals {
      heals = List.copyOf(heals);
    }
  }

  /// One segment that is healed now.
  ///
  /// @param mode as in [HealRequest]
  /// @param cause why it is in the queue, see [HealTask]
  /// @param started when this attempt began
  public record ActiveHeal(
      long taskId,
      int attempt,
      String bucket,
      String key,
      @Nullable String versionId,
      Priority priority,
      String mode,
      String cause,
      Instant started) {}

  public record GetQueue() {}

  /// The queue in numbers.
  ///
  /// @param due rows that could be claimed now
  /// @param waiting rows backing off
  /// @param unrecoverable rows of segments that cannot be rebuilt now
  /// @param completed healed since the catalog began
  /// @param failed attempts that did not heal, since the catalog began
  public record Queue(
      long due, long waiting, long running, long unrecoverable, long completed, long failed) {}

  /// Gives open rows that nobody asked for the priority of their bucket's class.
  public record RemapPriorities(Priority critical, Priority important, Priority standard) {}

  private CatalogHealContract() {}
}
