package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Origins and the cluster, as the catalog keeps them. An origin is written only while its row is
/// `ready` and its marker bears the row's incarnation.
public final class CatalogOriginContract {
  public static final Call<GetCluster, Cluster> GET_CLUSTER =
      new Call<>("catalog.call.get-cluster.v1", GetCluster.class, Cluster.class);
  public static final Call<ListOriginRows, OriginRows> LIST_ORIGIN_ROWS =
      new Call<>("catalog.call.list-origin-rows.v1", ListOriginRows.class, OriginRows.class);
  public static final Call<SaveOriginRow, OriginRow> SAVE_ORIGIN_ROW =
      new Call<>("catalog.call.save-origin-row.v1", SaveOriginRow.class, OriginRow.class);

  public record GetCluster() {}

  /// The cluster this catalog belongs to.
  ///
  /// @param clusterId 32 hex digits, drawn when the database was first used
  /// @param empty nothing was ever written into this catalog: origins that are not empty are
  ///   refused
  /// @param held why the catalog may not be used now, so that no origin is taken in; null: it may,
  ///   see [CatalogJournalContract.GuardState]
  public record Cluster(String clusterId, Instant created, boolean empty, @Nullable String held) {
    /// The cluster of a catalog in use.
    public Cluster(String clusterId, Instant created, boolean empty) {
      this(clusterId, created, empty, null);
    }
  }

  public record ListOriginRows() {}

  public record OriginRows(List<OriginRow> rows) {
    public OriginRows {
      rows = List.copyOf(rows);
    }
  }

  /// An origin as the catalog keeps it.
  ///
  /// @param state new (marker not yet written), ready, or removed
  /// @param incarnation 16 hex digits
  /// @param braked why nothing is written or removed there; null: not braked. Told in lists only
  public record OriginRow(
      String originId,
      String kind,
      String path,
      String state,
      String incarnation,
      Instant created,
      @Nullable String braked) {
    /// An origin that is not braked.
    public OriginRow(
        String originId,
        String kind,
        String path,
        String state,
        String incarnation,
        Instant created) {
      this(originId, kind, path, state, incarnation, created, null);
    }
  }

  /// Inserts a row, or moves it on. Idempotent by (origin, incarnation, state).
  ///
  /// @param replaces the incarnation the row must have now; null if there must be no row
  public record SaveOriginRow(
      String originId,
      String kind,
      String path,
      String state,
      String incarnation,
      @Nullable String replaces) {}

  private CatalogOriginContract() {}
}
