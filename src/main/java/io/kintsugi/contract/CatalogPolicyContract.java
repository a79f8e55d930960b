package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import java.util.List;

/// Policies as the catalog keeps them: named JSON documents with a version.
public final class CatalogPolicyContract {
  public static final Call<ListPolicyRows, PolicyRows> LIST_POLICY_ROWS =
      new Call<>("catalog.call.list-policy-rows.v1", ListPolicyRows.class, PolicyRows.class);
  public static final Call<SavePolicyRow, PolicyRow> SAVE_POLICY_ROW =
      new Call<>("catalog.call.save-policy-row.v1", SavePolicyRow.class, PolicyRow.class);

  public record ListPolicyRows() {}

  public record PolicyRows(List<PolicyRow> rows) {
    public PolicyRows {
      rows = List.copyOf(rows);
    }
  }

  /// One policy document.
  ///
  /// @param name scan, heal, retention or system
  /// @param version 1 for the first
  public record PolicyRow(String name, String json, long version) {}

  /// CONFLICT if the row's version is not `replaces` (0: there must be none).
  public record SavePolicyRow(String name, String json, long replaces) {}

  private CatalogPolicyContract() {}
}
