package io.kintsugi.contract;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeCareContract.Care;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Federated buckets: one tree over folders of several origins, whose files are shown as they lie
/// there. Each is a bucket to S3 clients, and shares its names with all other buckets.
public final class TreeContract {
  public static final Topic<TreeChanged> TREE_CHANGED =
      new Topic<>("tree.event.tree-changed.v1", TreeChanged.class);

  /// Creates a tree, or replaces what was said of one. VALIDATION_ERROR names what is wrong.
  public static final Call<PutTree, Tree> PUT_TREE =
      new Call<>("tree.call.put-tree.v1", PutTree.class, Tree.class);

  public static final Call<GetTree, Tree> GET_TREE =
      new Call<>("tree.call.get-tree.v1", GetTree.class, Tree.class);
  public static final Call<ListTrees, Trees> LIST_TREES =
      new Call<>("tree.call.list-trees.v1", ListTrees.class, Trees.class);

  /// Forgets a tree; no file is touched.
  public static final Call<DeleteTree, Done> DELETE_TREE =
      new Call<>("tree.call.delete-tree.v1", DeleteTree.class, Done.class);

  /// UNAVAILABLE if no origin of it answers.
  public static final Call<ListEntries, EntryPage> LIST_ENTRIES =
      new Call<>("tree.call.list-entries.v1", ListEntries.class, EntryPage.class);

  /// NOT_FOUND (`what=key`) only if every origin of the tree said so; UNAVAILABLE, with the reason
  /// of each that did not answer, if nobody can know.
  public static final Call<FindEntry, FoundEntry> FIND_ENTRY =
      new Call<>("tree.call.find-entry.v1", FindEntry.class, FoundEntry.class);

  /// Answers once the first bytes are here; they follow on the ticket's stream.
  public static final Call<ReadEntry, OpenedEntry> READ_ENTRY =
      new Call<>("tree.call.read-entry.v1", ReadEntry.class, OpenedEntry.class, 90_000);

  public record TreeChanged(String name) {}

  /// A folder of an origin that a tree is mounted over.
  ///
  /// @param path relative to the origin's root; `""` is the root
  /// @param priority lower is preferred
  public record Source(String originId, String path, int priority) {}

  /// A federated bucket.
  ///
  /// @param conflicts what is shown of a key whose copies differ: `priority` (that of the preferred
  ///   source), `newest`, or `keep_both` (that of the preferred source, and each other one under
  ///   `<key> (from <origin>)`)
  /// @param version counts its changes
  /// @param writes files can be written into it and taken away
  /// @param replicationFactor of how many copies of a file are waited for when it is written
  /// @param care null: as is usual
  public record Tree(
      String name,
      List<Source> sources,
      String conflicts,
      Instant created,
      long version,
      boolean writes,
      int replicationFactor,
      @Nullable Care care) {
    public Tree {
      sources = List.copyOf(sources);
    }

    /// One of which nothing is said of care.
    public Tree(
        String name,
        List<Source> sources,
        String conflicts,
        Instant created,
        long version,
        boolean writes,
        int replicationFactor) {
      this(name, sources, conflicts, created, version, writes, replicationFactor, null);
    }

    /// One that is only read, and of which nothing is said of care.
    public Tree(
        String name, List<Source> sources, String conflicts, Instant created, long version) {
      this(name, sources, conflicts, created, version, false, Math.min(2, sources.size()), null);
    }

    /// What is done for its copies.
    public Care cared() {
      return care == null ? Care.USUAL : care;
    }
  }

  /// A tree to be.
  ///
  /// @param ifVersion the version the caller saw; null: any, and none at all
  /// @param replicationFactor 1 to the number of sources; null: 2, or 1 if there is one source
  /// @param care null: as is usual
  public record PutTree(
      String name,
      List<Source> sources,
      String conflicts,
      @Nullable Long ifVersion,
      boolean writes,
      @Nullable Integer replicationFactor,
      @Nullable Care care) {
    public PutTree {
      sources = List.copyOf(sources);
    }

    /// One of which nothing is said of care.
    public PutTree(
        String name,
        List<Source> sources,
        String conflicts,
        @Nullable Long ifVersion,
        boolean writes,
        @Nullable Integer replicationFactor) {
      this(name, sources, conflicts, ifVersion, writes, replicationFactor, null);
    }

    /// One that is only read, and of which nothing is said of care.
    public PutTree(String name, List<Source> sources, String conflicts, @Nullable Long ifVersion) {
      this(name, sources, conflicts, ifVersion, false, null, null);
    }
  }

  public record GetTree(String name) {}

  public record ListTrees() {}

  public record Trees(List<Tree> trees) {
    public Trees {
      trees = List.copyOf(trees);
    }
  }

  public record DeleteTree(String name) {}

  /// Asks for the keys after `after`, in the order of their UTF-8 bytes.
  ///
  /// @param delimiter keys that have it after the prefix are told once, up to it
  /// @param max 0 to 1000
  public record ListEntries(
      String bucket, String prefix, @Nullable String delimiter, @Nullable String after, int max) {}

  /// One page of a tree.
  ///
  /// @param next what to pass as `after` for the next page; null if this was the last
  /// @param complete every origin of the tree was asked and answered
  /// @param silent those that did not
  public record EntryPage(
      List<Entry> entries,
      List<String> commonPrefixes,
      @Nullable String next,
      boolean complete,
      List<Silent> silent) {
    public EntryPage {
      entries = List.copyOf(entries);
      commonPrefixes = List.copyOf(commonPrefixes);
      silent = List.copyOf(silent);
    }
  }

  /// An origin of which nothing is known now.
  public record Silent(String originId, String reason) {}

  /// A key of a tree, with every copy that was found.
  ///
  /// @param stamp of the copy that stands for all
  /// @param etag without quotes; changes with the content, and once when the content's hash becomes
  ///   known
  /// @param originId where that copy lies
  /// @param conflictOf the key under which the preferred copy is shown; null: this is it
  public record Entry(
      String key,
      FileStamp stamp,
      String etag,
      String originId,
      @Nullable String conflictOf,
      List<Copy> copies) {
    public Entry {
      copies = List.copyOf(copies);
    }
  }

  /// One copy of a key.
  ///
  /// @param relation to the copy that stands for all: `chosen` (it is that), `same` (by hash),
  ///   `unverified` (the same size, but not every hash is known yet), `differs`, or `rotten` (its
  ///   bytes changed while size and time did not; never read)
  /// @param sha256 hex; null: not known
  /// @param verified when the bytes were last read and hashed
  public record Copy(
      String originId,
      String path,
      FileStamp stamp,
      String relation,
      @Nullable String sha256,
      @Nullable Instant verified) {
    public static final String CHOSEN = "chosen";
    public static final String SAME = "same";
    public static final String UNVERIFIED = "unverified";
    public static final String DIFFERS = "differs";
    public static final String ROTTEN = "rotten";
  }

  public record FindEntry(String bucket, String key) {}

  public record FoundEntry(Entry entry, boolean complete, List<Silent> silent) {
    public FoundEntry {
      silent = List.copyOf(silent);
    }
  }

  /// A range is `first`..`last` (last null: to the end), or the last `suffixBytes`; all null: the
  /// whole file. A range that misses the file fails with INVALID_RANGE and `size` in the details.
  public record ReadEntry(
      String bucket,
      String key,
      @Nullable Long first,
      @Nullable Long last,
      @Nullable Long suffixBytes,
      BlobTicket into) {}

  /// What is being read.
  ///
  /// @param servedFrom the origin that the first bytes came from
  public record OpenedEntry(
      Entry entry,
      long offset,
      long lengthBytes,
      String servedFrom,
      boolean complete,
      List<Silent> silent) {
    public OpenedEntry {
      silent = List.copyOf(silent);
    }
  }

  private TreeContract() {}
}
