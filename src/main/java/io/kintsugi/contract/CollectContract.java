package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Giving back the space of what nobody needs any more, and the brake that stops it.
public final class CollectContract {
  public static final Call<Subsystem.Ask, Subsystem> STATUS =
      new Call<>("collect.call.status.v1", Subsystem.Ask.class, Subsystem.class);
  public static final Call<GetCollection, Collection> GET_COLLECTION =
      new Call<>("collect.call.get-collection.v1", GetCollection.class, Collection.class);

  /// Begins a pass now, unless one is under way.
  public static final Call<RunCollection, Collection> RUN_COLLECTION =
      new Call<>("collect.call.run-collection.v1", RunCollection.class, Collection.class);

  /// Looks at a braked origin, and releases it if it is well and what scans verified there since it
  /// was braked is sound.
  public static final Call<ReviewBrake, BrakeMoved> REVIEW_BRAKE =
      new Call<>("collect.call.review-brake.v1", ReviewBrake.class, BrakeMoved.class);

  public static final Topic<BrakeMoved> BRAKE_MOVED =
      new Topic<>("collect.event.brake-moved.v1", BrakeMoved.class);

  /// Too much on an origin looks like litter to be believed: nothing is collected there.
  public static final Topic<OrphansDoubted> ORPHANS_DOUBTED =
      new Topic<>("collect.event.orphans-doubted.v1", OrphansDoubted.class);

  public record GetCollection() {}

  /// Asks for a pass.
  ///
  /// @param believe an origin whose orphans somebody vouches for, however many; null: none. What
  ///   the catalog itself will not hand out stays
  public record RunCollection(@Nullable String believe) {}

  /// Asks whether a brake can be released.
  ///
  /// @param force an operator says so: released whatever is found
  public record ReviewBrake(String originId, boolean force) {}

  /// How the brake of an origin stands.
  ///
  /// @param reason null: released
  public record BrakeMoved(String originId, @Nullable String reason) {}

  /// What is not believed of an origin.
  ///
  /// @param orphans names that would have been collected
  /// @param names that rows point to there
  public record OrphansDoubted(String originId, long orphans, long names) {}

  /// What waits to be given back, and what was.
  ///
  /// @param lastPass when the last one ended
  /// @param deadSegments wait for the grace
  public record Collection(
      boolean running,
      @Nullable Instant lastPass,
      long graceMillis,
      long deadSegments,
      List<OriginCollection> origins) {
    public Collection {
      origins = List.copyOf(origins);
    }
  }

  /// Of one origin.
  ///
  /// @param state what the last pass did there, such as `done`, or why it left it alone
  /// @param waitingNames shards that nobody needs and that are still there
  /// @param unreferenced names in no row, of which `orphans` are known to be nobody's
  public record OriginCollection(
      String originId,
      String state,
      long waitingNames,
      long waitingBytes,
      long unreferenced,
      long orphans,
      long quarantined,
      long quarantinedBytes,
      long collectedNames,
      long collectedBytes,
      @Nullable String braked,
      Compaction compaction) {}

  /// How the packs of one origin stand.
  ///
  /// @param sparsePacks how many held little that lives when they were looked at last
  /// @param reclaimableBytes what is dead in them
  /// @param pack the one that is being rewritten; null: none
  /// @param movedRecords how many were moved since the node started
  /// @param movedBytes of them
  public record Compaction(
      long sparsePacks,
      long reclaimableBytes,
      @Nullable String pack,
      long movedRecords,
      long movedBytes) {
    public static final Compaction NONE = new Compaction(0, 0, null, 0, 0);
  }

  private CollectContract() {}
}
