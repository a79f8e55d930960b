package io.kintsugi.contract;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Call;
import org.jspecify.annotations.Nullable;

/// Copies of plain files on the origins that are registered for them, kept equal. All calls are
/// sent `at` an origin's id. Paths are relative to its root, and never lead to what the store
/// itself keeps there. The ranges that a copy lacks are asked for with [FilesContract#READ_FILE].
public final class OriginMirrorContract {
  /// `at` the origin whose copy is to be brought up to date from another's. Answers when the work
  /// begins. On the ticket's stream lines of JSON follow, each a [RefreshLine], at least every few
  /// seconds, and the last one with the result. Whoever cancels the stream calls the work off:
  /// then, as after any failure, the old copy is whole, and nothing else is left of it but what was
  /// to be kept of it.
  ///
  /// It can be asked again at any time: what is equal already is left as it is.
  public static final Call<RefreshFile, Done> REFRESH_FILE =
      new Call<>("origin.call.refresh-file.v1", RefreshFile.class, Done.class);

  /// `at` an origin: a file as a list of its chunks. Answers when the work begins. On the ticket's
  /// stream blanks follow as signs of life, then one line of JSON, a [FileCut], then the recipe.
  public static final Call<CutFile, Done> CUT_FILE =
      new Call<>("origin.call.cut-file.v1", CutFile.class, Done.class);

  /// Whether recipes that are kept are believed.
  public enum Trust {
    /// As long as a file bears the stamp that it bore when its recipe was made.
    RECIPES,
    /// Not of the copy that is to be brought up to date: it is read whole, and so is found what rot
    /// has changed without a trace.
    SOURCE_ONLY,
    /// Of neither.
    NOTHING
  }

  /// Asks for a copy to be made equal to another.
  ///
  /// @param fromOriginId where the copy lies that is right
  /// @param fromPath its path there; null: the same
  /// @param fromStamp what that copy must bear; null: whatever is there now
  /// @param replaced what may be replaced; null: whatever is there, by name
  /// @param bytesPerSecond at which files are read and written, each by itself; 0: no bound
  public record RefreshFile(
      String path,
      String fromOriginId,
      @Nullable String fromPath,
      @Nullable FileStamp fromStamp,
      Trust trust,
      @Nullable Replaced replaced,
      long bytesPerSecond,
      BlobTicket into) {}

  /// What a copy was when it was judged. If it is not that any more, the call fails with CONFLICT
  /// (`what=file-changed`), and nothing is touched.
  ///
  /// @param stamp null: nothing bore the name
  /// @param within the folder that must be there; those below it are made. `""` is the root
  /// @param keep the old bytes are kept aside, among what the store keeps there, before they give
  ///   way
  public record Replaced(@Nullable FileStamp stamp, String within, boolean keep) {}

  /// How far it is, or how it ended.
  ///
  /// @param phase what is being done, in a word
  /// @param doneBytes of what this phase goes through
  /// @param result null but in the last line
  public record RefreshLine(
      String phase, long doneBytes, long totalBytes, @Nullable FileRefreshed result) {}

  /// What was made of the copy.
  public enum Outcome {
    /// Nothing: both are equal.
    SAME,
    /// It was put together of itself and of what was new.
    PIECED,
    /// All of it was brought.
    WHOLE
  }

  /// What it took. Bytes are told by the way that they went.
  ///
  /// @param reason why all of it was brought; null if it was not
  /// @param pieces that the new copy was put together of
  /// @param sourceReadBytes read of the copy that is right, at its own origin: nothing of what is
  ///   known by its recipe
  /// @param targetReadBytes read of the copy that was brought up to date, to find out what it held
  /// @param sentBytes written to its origin
  /// @param copiedBytes that its origin copied by itself
  /// @param checkedBytes read back of what was written, and found right
  /// @param checkedWhole all of it was; else it was a sample
  /// @param recipeBytes of recipes, read and written at both origins
  /// @param sourceKnown the recipe of the copy that is right was kept
  /// @param targetKnown that of the other was
  /// @param keptAs where the old bytes are kept; null if they are not
  /// @param stamp what the new copy bears; null if that is not certain, or none was made
  public record FileRefreshed(
      Outcome outcome,
      @Nullable String reason,
      long sizeBytes,
      int pieces,
      long sourceReadBytes,
      long targetReadBytes,
      long sentBytes,
      long copiedBytes,
      long checkedBytes,
      boolean checkedWhole,
      long recipeBytes,
      boolean sourceKnown,
      boolean targetKnown,
      @Nullable String keptAs,
      @Nullable FileStamp stamp) {
    /// All that went to or came from the two origins.
    public long movedBytes() {
      return sourceReadBytes + targetReadBytes + sentBytes + checkedBytes + recipeBytes;
    }
  }

  /// Asks for the recipe of a file.
  ///
  /// @param normalBytes how long its chunks should be, if that suits it; null: as is best
  /// @param reread a recipe that is kept is not believed
  /// @param bytesPerSecond 0: no bound
  public record CutFile(
      String path,
      @Nullable Integer normalBytes,
      boolean reread,
      long bytesPerSecond,
      BlobTicket into) {}

  /// What the recipe took.
  ///
  /// @param readBytes of the file; 0 if the recipe was kept
  /// @param recipeBytes of recipes, read and written there
  public record FileCut(long readBytes, long recipeBytes) {}

  private OriginMirrorContract() {}
}
