package io.kintsugi.contract;

import io.kintsugi.contract.CatalogDeedContract.Deeds;
import io.kintsugi.contract.CatalogDeedContract.ListDeeds;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.Silent;
import io.kintsugi.kernel.BlobOffer;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Files written into federated buckets, and taken away from them. A tree that does not take writes
/// answers FORBIDDEN (`what=read-only`).
public final class TreeWriteContract {
  public static final Topic<EntryChanged> ENTRY_CHANGED =
      new Topic<>("tree.event.entry-changed.v1", EntryChanged.class);

  /// Ask with [io.kintsugi.kernel.Bus#askWhile]. The asker ends the stream only if all that was
  /// declared of it holds; nothing is published before. The answer comes when as many copies stand
  /// as the tree wants. UNAVAILABLE (`what=origins`), with the reason of each origin, if there
  /// cannot be so many: then the old content stands, or, where the text says so, the new one.
  public static final Call<PutEntry, StoredEntry> PUT_ENTRY =
      new Call<>("tree.call.put-entry.v1", PutEntry.class, StoredEntry.class, 180_000);

  /// Takes keys away, each by itself.
  public static final Call<DeleteEntries, DeletedEntries> DELETE_ENTRIES =
      new Call<>("tree.call.delete-entries.v1", DeleteEntries.class, DeletedEntries.class, 600_000);

  /// What was written or deleted and has not reached every origin.
  public static final Call<ListDeeds, Deeds> LIST_PENDING =
      new Call<>("tree.call.list-pending.v1", ListDeeds.class, Deeds.class);

  /// A key that is not as it was.
  ///
  /// @param change `written`, `deleted`, or `settled`: the last origin has it now
  public record EntryChanged(String bucket, String key, String change) {
    public static final String SETTLED = "settled";
  }

  /// A file to be.
  ///
  /// @param sizeBytes exactly as many bytes must come
  public record PutEntry(
      String bucket, String key, long sizeBytes, Condition condition, BlobOffer body) {}

  /// A file that stands.
  ///
  /// @param copies how many origins have it
  /// @param created there was none before, as far as anybody could tell
  /// @param pending origins that do not have it yet, and why
  public record StoredEntry(Entry entry, int copies, boolean created, List<Silent> pending) {
    public StoredEntry {
      pending = List.copyOf(pending);
    }
  }

  /// At most 1000 keys.
  public record DeleteEntries(String bucket, List<DeleteEntry> entries) {
    public DeleteEntries {
      entries = List.copyOf(entries);
    }
  }

  public record DeleteEntry(String key, Condition condition) {}

  public record DeletedEntries(List<DeletedEntry> entries) {
    public DeletedEntries {
      entries = List.copyOf(entries);
    }
  }

  /// What became of one key, in the order asked.
  ///
  /// @param existed a file was taken away
  /// @param failedCode null: the key is gone
  /// @param failedText for a person
  /// @param failedWhat as in the details of a failure
  public record DeletedEntry(
      String key,
      boolean existed,
      @Nullable String failedCode,
      @Nullable String failedText,
      @Nullable String failedWhat) {}

  private TreeWriteContract() {}
}
