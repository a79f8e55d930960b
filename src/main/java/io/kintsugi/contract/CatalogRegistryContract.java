package io.kintsugi.contract;

import io.kintsugi.contract.CatalogAbsenceContract.Spot;
import io.kintsugi.contract.RegistryContract.Usage;
import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Origins as they were defined at run time, and the moves away from or between them, as the
/// catalog keeps them.
public final class CatalogRegistryContract {
  public static final Call<ListDefinitions, Definitions> LIST_DEFINITIONS =
      new Call<>("catalog.call.list-definitions.v1", ListDefinitions.class, Definitions.class);
  public static final Call<SaveDefinition, DefinitionRow> SAVE_DEFINITION =
      new Call<>("catalog.call.save-definition.v1", SaveDefinition.class, DefinitionRow.class);
  public static final Call<DropOrigin, OriginDropped> DROP_ORIGIN =
      new Call<>("catalog.call.drop-origin.v1", DropOrigin.class, OriginDropped.class, 120_000);
  public static final Call<ListDrains, Drains> LIST_DRAINS =
      new Call<>("catalog.call.list-drains.v1", ListDrains.class, Drains.class, 60_000);
  public static final Call<SaveDrain, Drains> SAVE_DRAIN =
      new Call<>("catalog.call.save-drain.v1", SaveDrain.class, Drains.class, 60_000);
  public static final Call<OpenMoves, MovesOpened> OPEN_MOVES =
      new Call<>("catalog.call.open-moves.v1", OpenMoves.class, MovesOpened.class, 60_000);
  public static final Call<OpenDeparted, MovesOpened> OPEN_DEPARTED =
      new Call<>("catalog.call.open-departed.v1", OpenDeparted.class, MovesOpened.class, 60_000);
  public static final Call<CountUsage, Usages> COUNT_USAGE =
      new Call<>("catalog.call.count-usage.v1", CountUsage.class, Usages.class, 120_000);

  /// What an operator said of the health of an origin; a null state if nothing was.
  public static final Call<GetForcedHealth, ForcedWord> GET_FORCED_HEALTH =
      new Call<>("catalog.call.get-forced-health.v1", GetForcedHealth.class, ForcedWord.class);

  public static final Call<ForcedWord, Done> SAVE_FORCED_HEALTH =
      new Call<>("catalog.call.save-forced-health.v1", ForcedWord.class, Done.class);

  /// The name under which the moves that even out all origins are kept beside drains; no origin can
  /// bear it.
  public static final String REBALANCE = "*";

  public record ListDefinitions() {}

  public record Definitions(List<DefinitionRow> rows) {
    public Definitions {
      rows = List.copyOf(rows);
    }
  }

  /// An origin as it was last defined.
  ///
  /// @param wrappedSecrets its credentials under the cluster key; null: it has none
  /// @param version 1 for the first
  public record DefinitionRow(
      OriginDefinition definition, @Nullable String wrappedSecrets, long version) {}

  /// CONFLICT if the row's version is not `replaces` (0: there must be none), or if an origin of
  /// this id was removed. A change: the journal has it, without the credentials.
  public record SaveDefinition(
      OriginDefinition definition, @Nullable String wrappedSecrets, long replaces) {}

  /// Marks an origin as removed for ever and drops its definition, its credentials and its drain.
  /// CONFLICT (`segments` tells how many) if a live segment has a shard there, unless forced.
  public record DropOrigin(String originId, boolean force) {}

  /// What was given up with it.
  ///
  /// @param segments that have a row there still
  public record OriginDropped(long segments) {}

  /// Asks for all drains.
  ///
  /// @param counted with what is left, which takes long where much is
  public record ListDrains(boolean counted) {}

  public record Drains(List<Drain> drains) {
    public Drains {
      drains = List.copyOf(drains);
    }
  }

  /// What is to be moved away from an origin, or [#REBALANCE].
  ///
  /// @param state running, paused or done
  /// @param towards the one origin that a rebalance is about; null: all
  /// @param segmentsLeft live segments with a shard that lies nowhere else; -1: not counted
  public record Drain(
      String originId,
      String state,
      @Nullable String towards,
      Instant began,
      long segmentsLeft,
      long bytesLeft,
      long movedSegments,
      long movedBytes) {}

  /// Begins, pauses, ends or (with a null state) forgets one. What is queued for one that does not
  /// run is taken out of the queue. A change: the journal has it.
  public record SaveDrain(String originId, @Nullable String state, @Nullable String towards) {}

  /// Opens a row, cause `drain` or `rebalance`, for some live segments that have a shard on one of
  /// these origins, no open row, and a failure domain free for it.
  ///
  /// @param spots origins that are here
  /// @param max rows to open, 1 to 10000
  public record OpenMoves(String cause, List<String> from, List<Spot> spots, int max) {
    public OpenMoves {
      from = List.copyOf(from);
      spots = List.copyOf(spots);
    }
  }

  /// What came of it.
  ///
  /// @param waiting segments that find no free failure domain; counted only if none was opened
  public record MovesOpened(long opened, long waiting) {}

  /// Reports as missing what some live segments have on origins that were removed.
  ///
  /// @param max shards to report, 1 to 10000
  public record OpenDeparted(int max) {}

  public record CountUsage() {}

  public record Usages(List<OriginUsage> origins) {
    public Usages {
      origins = List.copyOf(origins);
    }
  }

  public record OriginUsage(String originId, Usage usage) {}

  public record GetForcedHealth(String originId) {}

  /// An operator's word on the health of an origin.
  ///
  /// @param state `healthy` or `unhealthy`; null: none, what is measured counts
  /// @param until null with a null state
  public record ForcedWord(String originId, @Nullable String state, @Nullable Instant until) {}

  private CatalogRegistryContract() {}
}
