package io.kintsugi.contract;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Topic;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is done so that the copies in federated buckets stay what they are: they are read now and
/// then, what rotted is told and mended, and copies are kept equal, as far as each tree says.
public final class TreeCareContract {
  public static final Topic<RotFound> ROT_FOUND =
      new Topic<>("tree.event.rot-found.v1", RotFound.class);
  public static final Topic<CopyMended> COPY_MENDED =
      new Topic<>("tree.event.copy-mended.v1", CopyMended.class);
  public static final Topic<Verification> TREE_VERIFIED =
      new Topic<>("tree.event.tree-verified.v1", Verification.class);

  /// Begins to read all files of a tree now, and to make its copies equal where it says so; what is
  /// under way already goes on.
  public static final Call<VerifyTree, TreeCare> VERIFY_TREE =
      new Call<>("tree.call.verify-tree.v1", VerifyTree.class, TreeCare.class);

  public static final Call<GetTreeCare, TreeCare> GET_TREE_CARE =
      new Call<>("tree.call.get-tree-care.v1", GetTreeCare.class, TreeCare.class);
  public static final Call<Subsystem.Ask, Subsystem> STATUS =
      new Call<>("tree.call.status.v1", Subsystem.Ask.class, Subsystem.class);

  /// What a tree wants done.
  ///
  /// @param mirror `off` (rot is told), `heal` (and mended from another copy), or `equal` (and
  ///   copies that lack or differ are made equal to the one that is shown)
  /// @param verifyEveryMillis between the ends of two readings of all files; [#NEVER]
  /// @param bytesPerSecond at which each origin is read, and copies are brought; 0: no bound
  public record Care(String mirror, long verifyEveryMillis, long bytesPerSecond) {
    public static final String OFF = "off";
    public static final String HEAL = "heal";
    public static final String EQUAL = "equal";
    public static final long NEVER = 0;

    /// Of trees that say nothing of it: 30 days, 50 MB a second.
    public static final Care USUAL = new Care(OFF, 30L * 86_400_000, 50_000_000);

    public boolean mends() {
      return !mirror.equals(OFF);
    }
  }

  /// Other bytes than a file should have were found, although its size and time are the same.
  public record RotFound(
      String originId, String path, String sha256, String rotSha256, Instant found) {}

  /// A copy has the content of another now.
  ///
  /// @param how `mended` (it was rotten), `copied` (there was none) or `updated` (it differed)
  /// @param sentBytes written to its origin
  /// @param movedBytes that went to or came from the two origins for it, also to read them
  /// @param keptAs where its old bytes are kept on its origin; null: they are not
  public record CopyMended(
      String bucket,
      String key,
      String originId,
      String path,
      String how,
      String fromOriginId,
      long sizeBytes,
      long sentBytes,
      long movedBytes,
      @Nullable String keptAs) {
    public static final String MENDED = "mended";
    public static final String COPIED = "copied";
    public static final String UPDATED = "updated";
  }

  public record VerifyTree(String bucket) {}

  public record GetTreeCare(String bucket) {}

  /// How far all that is.
  ///
  /// @param verification the one under way, or the last; null: there was none
  /// @param due when the next one begins; null: only when asked for
  /// @param damages copies that are rotten now
  /// @param mirroring the latest pass of making copies equal in this life of the node; null: none
  public record TreeCare(
      @Nullable Verification verification,
      @Nullable Instant due,
      List<Damage> damages,
      @Nullable Mirroring mirroring) {
    public TreeCare {
      damages = List.copyOf(damages);
    }
  }

  /// A reading of all files of a tree.
  ///
  /// @param ended null: it is under way
  public record Verification(
      String bucket, Instant started, @Nullable Instant ended, List<SourceVerified> sources) {
    public Verification {
      sources = List.copyOf(sources);
    }
  }

  /// How far one source of a tree is read.
  ///
  /// @param after the file, relative to the source's folder, that was dealt with last; `""`: none
  /// @param files that were met
  /// @param bytes of those
  /// @param readBytes of those that were read for it: others had been read since it began
  /// @param unread that could not be read, or changed while they were
  /// @param rotten that were found so
  /// @param error why it does not go on just now; null: it does
  public record SourceVerified(
      String originId,
      String path,
      String after,
      boolean ended,
      long files,
      long bytes,
      long readBytes,
      long unread,
      long rotten,
      @Nullable String error) {}

  /// A rotten copy.
  ///
  /// @param stamp that it bears
  /// @param sha256 hex, of the bytes that it should have
  /// @param state in a word: `found`, `mending`, `waiting` (for an origin that is silent),
  ///   `unmendable` (no other copy has the bytes), or `failed`
  /// @param reason for a person; null: there is none yet
  public record Damage(
      String originId,
      String path,
      FileStamp stamp,
      String sha256,
      String rotSha256,
      String state,
      @Nullable String reason) {
    public static final String FOUND = "found";
    public static final String MENDING = "mending";
    public static final String WAITING = "waiting";
    public static final String UNMENDABLE = "unmendable";
    public static final String FAILED = "failed";
  }

  /// One pass through a tree that makes copies equal.
  ///
  /// @param ended null: it is under way
  /// @param keys that were looked at
  /// @param brought copies that were made equal
  /// @param sizeBytes of those
  /// @param sentBytes written to their origins
  /// @param movedBytes that went to or came from origins for them, also to read them
  /// @param left copies that could not be made equal
  /// @param reason of the last such one, or why the pass broke off; null: all is well
  public record Mirroring(
      Instant started,
      @Nullable Instant ended,
      long keys,
      long brought,
      long sizeBytes,
      long sentBytes,
      long movedBytes,
      long left,
      @Nullable String reason) {}

  private TreeCareContract() {}
}
