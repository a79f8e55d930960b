package io.kintsugi.contract;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Origins that come, change and go while the node runs, and the pool that they make together.
public final class RegistryContract {
  /// Tries the origin, then takes it. CONFLICT if the id is in use or was, if the place is not
  /// empty, or another origin has it; UNAVAILABLE if it does not answer.
  public static final Call<CreateOrigin, OriginView> CREATE_ORIGIN =
      new Call<>("origin.call.create-origin.v1", CreateOrigin.class, OriginView.class, 90_000);

  /// New settings or credentials are tried first: the place must bear this very origin.
  public static final Call<ChangeOrigin, OriginView> CHANGE_ORIGIN =
      new Call<>("origin.call.change-origin.v1", ChangeOrigin.class, OriginView.class, 90_000);

  /// CONFLICT with the number of segments if anything that lives still lies there, unless it is
  /// forced. The id is refused for ever.
  public static final Call<RemoveOrigin, OriginRemoved> REMOVE_ORIGIN =
      new Call<>("origin.call.remove-origin.v1", RemoveOrigin.class, OriginRemoved.class, 90_000);

  public static final Call<DrainOrigin, DrainView> DRAIN_ORIGIN =
      new Call<>("origin.call.drain-origin.v1", DrainOrigin.class, DrainView.class, 30_000);
  public static final Call<Rebalance, RebalanceView> REBALANCE =
      new Call<>("origin.call.rebalance.v1", Rebalance.class, RebalanceView.class, 30_000);
  public static final Call<ListViews, OriginViews> LIST_VIEWS =
      new Call<>("origin.call.list-views.v1", ListViews.class, OriginViews.class, 30_000);
  public static final Call<GetPool, PoolView> GET_POOL =
      new Call<>("origin.call.get-pool.v1", GetPool.class, PoolView.class, 30_000);
  public static final Call<ChangePool, PoolConfig> CHANGE_POOL =
      new Call<>("origin.call.change-pool.v1", ChangePool.class, PoolConfig.class, 30_000);

  /// Places nothing; says what would be chosen, and why each origin was or was not.
  public static final Call<Place, Explanation> EXPLAIN =
      new Call<>("origin.call.explain-placement.v1", Place.class, Explanation.class);

  /// `at` an origin.
  public static final Call<CountWork, Work> COUNT_WORK =
      new Call<>("origin.call.count-work.v1", CountWork.class, Work.class);

  public record CreateOrigin(OriginDefinition definition, Secrets secrets) {}

  /// What is null stays as it is.
  ///
  /// @param settings those named are set; an empty text takes one away
  /// @param sizeThresholdBytes -1 takes it away
  /// @param secrets those named are set; an empty text takes one away
  public record OriginChange(
      @Nullable Map<String, String> settings,
      @Nullable Integer priority,
      @Nullable String domain,
      @Nullable Boolean enabled,
      @Nullable Boolean readEnabled,
      @Nullable Boolean writeEnabled,
      @Nullable Long reserveBytes,
      @Nullable Long capacityBytes,
      @Nullable Double costPerGb,
      @Nullable Long sizeThresholdBytes,
      @Nullable Double weight,
      @Nullable Secrets secrets) {
    public OriginChange {
      settings = settings == null ? null : Map.copyOf(settings);
    }
  }

  public record ChangeOrigin(String originId, OriginChange change) {}

  public record RemoveOrigin(String originId, boolean force) {}

  /// What removing came to.
  ///
  /// @param segments that lost a shard with it
  public record OriginRemoved(String originId, long segments) {}

  /// Begins, holds, goes on with, or calls off a drain.
  ///
  /// @param action start, pause, resume or cancel
  public record DrainOrigin(String originId, String action) {}

  /// How far a drain is.
  ///
  /// @param state none, running, paused or drained
  /// @param movedSegments shards that were moved away since it began
  public record DrainView(
      String originId,
      String state,
      @Nullable Instant began,
      long segmentsLeft,
      long bytesLeft,
      long movedSegments,
      long movedBytes) {}

  /// Evens origins out, or stops doing so.
  ///
  /// @param originId towards or away from this one; null: over all of them
  /// @param action start or cancel
  public record Rebalance(@Nullable String originId, String action) {}

  /// How far a rebalance is.
  ///
  /// @param state none, running or done
  /// @param originId null: over all origins
  /// @param fill used share of each origin, 0 to 1
  public record RebalanceView(
      String state,
      @Nullable String originId,
      @Nullable Instant began,
      long movedSegments,
      long movedBytes,
      Map<String, Double> fill) {
    public RebalanceView {
      fill = Map.copyOf(fill);
    }
  }

  public record ListViews() {}

  public record OriginViews(List<OriginView> origins) {
    public OriginViews {
      origins = List.copyOf(origins);
    }
  }

  /// An origin with everything that may be told of it.
  ///
  /// @param source file, or runtime once it was made or changed while the node ran
  /// @param secrets names of the credentials it has; never what they are
  public record OriginView(
      OriginDefinition definition,
      OriginState state,
      String source,
      List<String> secrets,
      Work work,
      Usage usage,
      @Nullable DrainView drain) {
    public OriginView {
      secrets = List.copyOf(secrets);
    }
  }

  public record CountWork() {}

  /// What an origin has done since its process began to serve it.
  public record Work(long reads, long writes, long bytesRead, long bytesWritten, long errors) {
    public static final Work NONE = new Work(0, 0, 0, 0, 0);
  }

  /// What of ours lies on an origin.
  ///
  /// @param liveBytes of shards that are needed
  /// @param heldBytes of what is dead and not yet collected
  /// @param segments that are alive and have a shard there
  public record Usage(long liveBytes, long heldBytes, long segments) {
    public static final Usage NONE = new Usage(0, 0, 0);

    public long usedBytes() {
      return liveBytes + heldBytes;
    }
  }

  public record GetPool() {}

  /// The pool as it is now.
  ///
  /// @param rebalance null if none was ever asked for
  public record PoolView(
      PoolConfig config, List<OriginView> origins, @Nullable RebalanceView rebalance) {
    public PoolView {
      origins = List.copyOf(origins);
    }
  }

  /// What is null stays as it is.
  public record ChangePool(
      @Nullable String strategy,
      @Nullable Integer replicationFactor,
      @Nullable Long healthCheckIntervalMillis,
      @Nullable Boolean autoFailover,
      @Nullable Integer minHealthyBackends) {}

  /// Why each origin would be taken, or not.
  ///
  /// @param refused why nothing may be written at all; null: it may
  public record Explanation(String strategy, List<Verdict> verdicts, @Nullable String refused) {
    public Explanation {
      verdicts = List.copyOf(verdicts);
    }
  }

  /// Why one origin was chosen, or not.
  ///
  /// @param place 0 for the first that is chosen; null: it is not
  /// @param reason chosen, or why not
  /// @param rank what the strategy made of it, for a person
  public record Verdict(String originId, @Nullable Integer place, String reason, String rank) {}

  private RegistryContract() {}
}
