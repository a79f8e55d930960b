package io.kintsugi.contract;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.TreeContract.Trees;
import io.kintsugi.kernel.Call;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Federated buckets, what is known of the files in them, and the roots of the origins they lie on,
/// as the catalog keeps them.
public final class CatalogTreeContract {
  /// CONFLICT (`what=bucket`) if another bucket has the name, PRECONDITION_FAILED if the version is
  /// not the one that was seen.
  public static final Call<PutTree, Tree> SAVE_TREE =
      new Call<>("catalog.call.save-tree.v1", PutTree.class, Tree.class);

  public static final Call<LoadTrees, Trees> LOAD_TREES =
      new Call<>("catalog.call.load-trees.v1", LoadTrees.class, Trees.class);
  public static final Call<DropTree, Done> DROP_TREE =
      new Call<>("catalog.call.drop-tree.v1", DropTree.class, Done.class);
  public static final Call<FindFileRecords, FileRecords> FIND_FILE_RECORDS =
      new Call<>("catalog.call.find-file-records.v1", FindFileRecords.class, FileRecords.class);
  public static final Call<SaveFileRecord, FileRecord> SAVE_FILE_RECORD =
      new Call<>("catalog.call.save-file-record.v1", SaveFileRecord.class, FileRecord.class);
  public static final Call<GetFileRoot, FileRoot> GET_FILE_ROOT =
      new Call<>("catalog.call.get-file-root.v1", GetFileRoot.class, FileRoot.class);
  public static final Call<FileRoot, Done> SAVE_FILE_ROOT =
      new Call<>("catalog.call.save-file-root.v1", FileRoot.class, Done.class);

  public record LoadTrees() {}

  public record DropTree(String name) {}

  /// At most 20000 of them.
  public record FindFileRecords(List<FileName> files) {
    public FindFileRecords {
      files = List.copyOf(files);
    }
  }

  public record FileName(String originId, String path) {}

  /// Those that there are, in no order.
  public record FileRecords(List<FileRecord> records) {
    public FileRecords {
      records = List.copyOf(records);
    }
  }

  /// What was once read of a file.
  ///
  /// @param sha256 hex, of the bytes that it should have
  /// @param verified when they were last found so
  /// @param rotSha256 of the bytes that were found instead, though size and time were the same;
  ///   null: none were
  public record FileRecord(
      String originId,
      String path,
      FileStamp stamp,
      String sha256,
      Instant verified,
      @Nullable String rotSha256) {}

  /// A file that was just read. If it bears the size and time of an earlier record but other bytes,
  /// that record stays and notes the rot.
  public record SaveFileRecord(String originId, String path, FileStamp stamp, String sha256) {}

  public record GetFileRoot(String originId) {}

  /// The root of an origin for plain files as it was when it was registered.
  ///
  /// @param identity compared, never understood; null: not known yet, or to be learnt anew
  public record FileRoot(String originId, @Nullable String identity) {}

  private CatalogTreeContract() {}
}
