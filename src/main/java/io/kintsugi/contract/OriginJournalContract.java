package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Payload;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The journal files on an origin. All calls are sent `at` an origin's id.
public final class OriginJournalContract {
  /// Answered whosever the origin is, as long as its marker can be read: a catalog that was lost
  /// knows no origin.
  public static final Call<ListJournal, JournalFiles> LIST_JOURNAL =
      new Call<>("origin.call.list-journal.v1", ListJournal.class, JournalFiles.class, 10_000);

  public static final Call<ReadJournal, JournalBytes> READ_JOURNAL =
      new Call<>("origin.call.read-journal.v1", ReadJournal.class, JournalBytes.class);

  /// The answer means flushed, with its name.
  public static final Call<AppendJournal, JournalAppended> APPEND_JOURNAL =
      new Call<>(
          "origin.call.append-journal.v1", AppendJournal.class, JournalAppended.class, 10_000);

  public static final Call<RemoveJournal, Done> REMOVE_JOURNAL =
      new Call<>("origin.call.remove-journal.v1", RemoveJournal.class, Done.class);

  public record ListJournal() {}

  /// What an origin bears of journals, and whose it is.
  ///
  /// @param clusterId of its marker, if our key verifies it; null: it has none, or another's
  /// @param markerOriginId of that marker
  /// @param markerIncarnation of that marker
  public record JournalFiles(
      @Nullable String clusterId,
      @Nullable String markerOriginId,
      @Nullable String markerIncarnation,
      List<JournalFile> files) {
    public JournalFiles {
      files = List.copyOf(files);
    }
  }

  /// A file in the journal's folder.
  ///
  /// @param name within the folder
  public record JournalFile(String name, long sizeBytes) {}

  /// Asks for at most 4 MiB.
  public record ReadJournal(String name, long offset, int lengthBytes) {}

  /// Fewer bytes than asked for mean that the file ends there.
  public record JournalBytes(Payload bytes) {}

  /// Appends to a file that this process life made, or makes it (offset 0). A file that an append
  /// has failed on takes no more.
  ///
  /// @param incarnation must be the origin's own
  /// @param offset where the bytes come to lie: the file's size
  /// @param last no more will be appended
  public record AppendJournal(
      String name, String incarnation, long offset, Payload bytes, boolean last) {}

  /// It is flushed, but for a snapshot that is not whole yet.
  ///
  /// @param ended the place cannot let a file grow: this one is whole, and takes no more. Null is
  ///   no
  public record JournalAppended(long sizeBytes, @Nullable Boolean ended) {}

  /// Removes files that tell nothing that a whole snapshot elsewhere does not; passes over those
  /// that are being written.
  public record RemoveJournal(String incarnation, List<String> names, String evidence) {
    public RemoveJournal {
      names = List.copyOf(names);
    }
  }

  private OriginJournalContract() {}
}
