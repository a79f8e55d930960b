package io.kintsugi.contract;

import io.kintsugi.contract.OriginContract.OriginRef;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Call;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Copies of plain files on several origins, kept equal. All calls are sent `at` an origin's id.
/// Paths are relative to its root, and never lead to what the store itself keeps there.
public final class OriginMirrorContract {
  /// `at` the origin whose copy is to be brought up to date from another's. Answers when the work
  /// begins. On the ticket's stream lines of JSON follow, each a [RefreshLine], at least every few
  /// seconds, and the last one with the result. Whoever cancels the stream calls the work off:
  /// then, as after any failure, the old copy is whole, and nothing else is left of it.
  ///
  /// It can be asked again at any time: what is equal already is left as it is.
  public static final Call<RefreshFile, Done> REFRESH_FILE =
      new Call<>("origin.call.refresh-file.v1", RefreshFile.class, Done.class);

  /// `at` an origin: a file as a list of its chunks. Answers when the work begins. On the ticket's
  /// stream blanks follow as signs of life, then one line of JSON, a [FileCut], then the recipe.
  public static final Call<CutFile, Done> CUT_FILE =
      new Call<>("origin.call.cut-file.v1", CutFile.class, Done.class);

  /// `at` an origin: a range of a file, if that bears the stamp still. Answers once it is open; the
  /// bytes follow on the ticket's stream.
  public static final Call<ReadRange, Done> READ_RANGE =
      new Call<>("origin.call.read-range.v1", ReadRange.class, Done.class);

  /// What an origin tells of a file without reading it.
  ///
  /// @param tag compared, never understood; null where a place tells none
  public record FileStamp(long sizeBytes, Instant modified, @Nullable String tag) {}

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
  /// @param incarnation of the origin asked
  /// @param from where the copy lies that is right
  /// @param fromPath its path there; null: the same
  public record RefreshFile(
      String path,
      String incarnation,
      OriginRef from,
      @Nullable String fromPath,
      Trust trust,
      BlobTicket into) {}

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
      boolean targetKnown) {
    /// All that went to or came from the two origins.
    public long movedBytes() {
      return sourceReadBytes + targetReadBytes + sentBytes + checkedBytes + recipeBytes;
    }
  }

  /// Asks for the recipe of a file.
  ///
  /// @param normalBytes how long its chunks should be, if that suits it; null: as is best
  /// @param reread a recipe that is kept is not believed
  public record CutFile(
      String path,
      String incarnation,
      @Nullable Integer normalBytes,
      boolean reread,
      BlobTicket into) {}

  /// What the recipe took.
  ///
  /// @param readBytes of the file; 0 if the recipe was kept
  /// @param recipeBytes of recipes, read and written there
  public record FileCut(long readBytes, long recipeBytes) {}

  public record ReadRange(
      String path,
      String incarnation,
      FileStamp stamp,
      long offset,
      long lengthBytes,
      BlobTicket into) {}

  private OriginMirrorContract() {}
}
