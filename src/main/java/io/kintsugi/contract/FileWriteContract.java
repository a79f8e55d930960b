package io.kintsugi.contract;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FoundFile;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Call;
import org.jspecify.annotations.Nullable;

/// Plain files written to, and taken from, the origins that are registered for them. Calls are sent
/// `at` an origin's id; paths are as in [FilesContract].
///
/// A file is begun, filled by its stream, sealed (every byte survives a loss of power, and nobody
/// sees it), and published in one step, or discarded. What is neither within ten minutes is
/// discarded.
public final class FileWriteContract {
  /// Makes the folders that are missing. Fails with CONFLICT and `what` = `folder-is-file` (a part
  /// of the path is no folder) or `file-is-folder` (a folder bears the name), STORAGE_ERROR if
  /// there is no room.
  public static final Call<BeginFile, BegunFile> BEGIN_FILE =
      new Call<>("origin.call.begin-file.v1", BeginFile.class, BegunFile.class);

  /// Answers once the stream has ended and all of it is flushed.
  public static final Call<SealFile, SealedFile> SEAL_FILE =
      new Call<>("origin.call.seal-file.v1", SealFile.class, SealedFile.class, 90_000);

  /// Gives a sealed file its name: whoever opens that finds the old content whole or the new. After
  /// CONFLICT, NOT_FOUND and STORAGE_ERROR it surely has not happened; after any other failure it
  /// may have, or may yet.
  public static final Call<PublishFile, FoundFile> PUBLISH_FILE =
      new Call<>("origin.call.publish-file.v1", PublishFile.class, FoundFile.class, 45_000);

  public static final Call<DiscardFile, Done> DISCARD_FILE =
      new Call<>("origin.call.discard-file.v1", DiscardFile.class, Done.class);

  /// Takes a file away if it bears this stamp; CONFLICT (`what=file-changed`) if it bears another.
  /// Done too if nothing bears the name.
  public static final Call<RemoveFile, Done> REMOVE_FILE =
      new Call<>("origin.call.remove-file.v1", RemoveFile.class, Done.class, 45_000);

  public record BeginFile(String path, long sizeBytes) {}

  /// A file that is being written.
  ///
  /// @param draft names it to the origin, until it is published or discarded
  /// @param into takes its bytes
  public record BegunFile(String draft, BlobTicket into) {}

  public record SealFile(String draft) {}

  public record SealedFile(long sizeBytes) {}

  /// A draft that is to take its name.
  ///
  /// @param onlyOver null: whatever bears the name is replaced; else fails with CONFLICT
  ///   (`what=file-changed`) unless the name bears this
  public record PublishFile(String draft, @Nullable Standing onlyOver) {}

  /// What bears a name.
  ///
  /// @param stamp null: nothing does
  public record Standing(@Nullable FileStamp stamp) {}

  public record DiscardFile(String draft) {}

  public record RemoveFile(String path, FileStamp stamp) {}

  private FileWriteContract() {}
}
