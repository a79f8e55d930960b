package io.kintsugi.contract;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Plain files on the origins that are registered for them (role `files`), as they lie there. Calls
/// about files are sent `at` an origin's id; paths are relative to its root, with `/` between
/// segments.
///
/// NOT_FOUND (`what=file`) is answered only if the origin was still the one that was registered
/// after the look; whatever nobody could know is UNAVAILABLE or TIMEOUT.
public final class FilesContract {
  public static final Topic<OriginState> FILE_ORIGIN_CHANGED =
      new Topic<>("origin.event.file-origin-changed.v1", OriginState.class);

  /// The origins for plain files; none of them is in the list of those for shards.
  public static final Call<ListFileOrigins, Origins> LIST_FILE_ORIGINS =
      new Call<>("origin.call.list-file-origins.v1", ListFileOrigins.class, Origins.class);

  /// A folder that is not there holds nothing.
  public static final Call<ListFiles, FilePage> LIST_FILES =
      new Call<>("origin.call.list-files.v1", ListFiles.class, FilePage.class);

  public static final Call<FindFile, FoundFile> FIND_FILE =
      new Call<>("origin.call.find-file.v1", FindFile.class, FoundFile.class);

  /// Answers once the file is open; the bytes follow on the ticket's stream, which ends well only
  /// if the file still bore the same stamp after the last of them.
  public static final Call<ReadFile, FoundFile> READ_FILE =
      new Call<>("origin.call.read-file.v1", ReadFile.class, FoundFile.class);

  /// Reads a whole file where it lies.
  public static final Call<HashFile, FileHash> HASH_FILE =
      new Call<>("origin.call.hash-file.v1", HashFile.class, FileHash.class, 3_600_000);

  public record ListFileOrigins() {}

  /// By what one state of a file is told from another without reading it.
  ///
  /// @param tag compared, never understood: as long as it is the same nobody has written to the
  ///   file by way of its place; null if the place tells nothing of the kind
  public record FileStamp(long sizeBytes, Instant modified, @Nullable String tag) {}

  /// Asks what lies in a folder.
  ///
  /// @param folder `""` is the root
  /// @param after a path relative to the folder, which the first one comes after in the order of
  ///   UTF-8 bytes; `""` for the beginning
  /// @param deep all files below it; else what is right in it, folders too
  public record ListFiles(String folder, String after, int max, boolean deep) {}

  /// Some of what lies there, ascending.
  ///
  /// @param next what to ask on after, even if nothing is here; null at the end
  public record FilePage(List<ListedFile> files, @Nullable String next) {
    public FilePage {
      files = List.copyOf(files);
    }
  }

  /// One file or folder.
  ///
  /// @param path relative to the folder that was asked for; of a folder it ends in `/`
  /// @param stamp null: a folder
  public record ListedFile(String path, @Nullable FileStamp stamp) {}

  public record FindFile(String path) {}

  public record FoundFile(FileStamp stamp) {}

  /// Fails with CONFLICT (`what=file-changed`) if the file does not bear this stamp.
  public record ReadFile(
      String path, FileStamp stamp, long offset, long lengthBytes, BlobTicket into) {}

  /// Fails with CONFLICT (`what=file-changed`) if the file does not bear this stamp, before or
  /// after.
  ///
  /// @param bytesPerSecond 0: no bound
  public record HashFile(String path, FileStamp stamp, long bytesPerSecond) {}

  /// What a file was found to be.
  ///
  /// @param sha256 hex, of all its bytes
  public record FileHash(String sha256, long sizeBytes) {}

  private FilesContract() {}
}
