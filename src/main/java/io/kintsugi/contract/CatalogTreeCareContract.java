package io.kintsugi.contract;

import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.FileRecords;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.TreeCareContract.Verification;
import io.kintsugi.kernel.Call;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How far the files of federated buckets are verified, and which were found rotten, as the catalog
/// keeps it.
public final class CatalogTreeCareContract {
  /// Keeps how far a verification is, and the right to go on with it. CONFLICT (`what=lease`) while
  /// another node has that.
  public static final Call<SaveVerification, Done> SAVE_VERIFICATION =
      new Call<>("catalog.call.save-verification.v1", SaveVerification.class, Done.class);

  public static final Call<LoadVerifications, Verifications> LOAD_VERIFICATIONS =
      new Call<>(
          "catalog.call.load-verifications.v1", LoadVerifications.class, Verifications.class);

  /// Records of files in which other bytes were found than they should have.
  public static final Call<ListRotten, FileRecords> LIST_ROTTEN =
      new Call<>("catalog.call.list-rotten.v1", ListRotten.class, FileRecords.class);

  /// What a file should have, by the way it was made: it was not read yet. Where it is read later
  /// and has not, that is rot.
  public static final Call<SaveFileRecord, FileRecord> EXPECT_FILE =
      new Call<>("catalog.call.expect-file.v1", SaveFileRecord.class, FileRecord.class);

  /// How far a verification is, said by who goes on with it.
  ///
  /// @param holder a node
  /// @param leaseMillis for how long nobody else may go on; 0: anybody may
  public record SaveVerification(String holder, long leaseMillis, Verification verification) {}

  public record LoadVerifications() {}

  public record Verifications(List<Verification> verifications) {
    public Verifications {
      verifications = List.copyOf(verifications);
    }
  }

  /// In the order of origin and path.
  ///
  /// @param afterOriginId null: from the beginning
  /// @param max 1 to 1000
  public record ListRotten(@Nullable String afterOriginId, @Nullable String afterPath, int max) {}

  private CatalogTreeCareContract() {}
}
