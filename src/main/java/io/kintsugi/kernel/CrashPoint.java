package io.kintsugi.kernel;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A step at which a process may die. A test starts a node with the system property
/// `kintsugi.crash=<point>:<passing>`; the process then kills itself where it passes that point for
/// that time. Without the property a point is nothing.
public enum CrashPoint {
  /// A write has the right to write, and nothing else.
  WRITE_BEGUN,
  /// The geometry and the origins of a segment are chosen; nothing is written.
  WRITE_PLACED,
  /// The first bytes of a shard's file are written, the others are not.
  SHARD_BEGUN,
  /// All bytes of a shard's file are written, none is flushed.
  SHARD_WRITTEN,
  /// The shard's file is flushed; its name is not.
  SHARD_FLUSHED,
  /// File and folder are flushed; nobody was told.
  SHARD_LANDED,
  /// Enough shards are flushed; the catalog was not told.
  WRITE_LANDED,
  /// Everything of a batch of commits is in its transaction; COMMIT was not sent.
  COMMIT_OPEN,
  /// A batch of commits is committed; no writer was told.
  COMMIT_MADE,
  /// The writer knows that it is committed; the client was not told.
  WRITE_COMMITTED,
  /// A pack is there with its name flushed, and empty.
  PACK_CREATED,
  /// Records are written to a pack; none is flushed.
  PACK_WRITTEN,
  /// Records are flushed in a pack; nobody was told where.
  PACK_FLUSHED,
  /// A pack is to take no more; it is not closed.
  PACK_SEALED,
  /// A write or flush of a pack has failed; its records have not gone elsewhere.
  PACK_POISONED,
  /// A part is in its transaction; COMMIT was not sent.
  PART_OPEN,
  /// A part is committed; nobody was told, the journal neither.
  PART_MADE,
  /// A completed upload is in its transaction; COMMIT was not sent.
  COMPLETE_OPEN,
  /// A completed upload is committed; nobody was told, the journal neither.
  COMPLETE_MADE,
  /// The last byte of a copy's source is read and given on; its copy is not sealed.
  COPY_READ,
  /// Deletions are in their transaction; COMMIT was not sent.
  DELETE_OPEN,
  /// Deletions are committed; nobody was told, the journal neither.
  DELETE_MADE,
  /// The journal has read what changed; no origin has it.
  JOURNAL_DUE,
  /// A journal's record is written to one origin, unflushed.
  JOURNAL_WRITTEN,
  /// A journal's record is flushed on one origin; nobody was told.
  JOURNAL_FLUSHED,
  /// The journal has a change that waited for it; who asked for the change was not told.
  JOURNAL_REACHED,
  /// A heal is claimed; nothing was read for it.
  HEAL_CLAIMED,
  /// Every block of a pass is read, rebuilt and written, nothing is compared or sealed; of a batch
  /// of records, all are read and nothing is written.
  HEAL_READ,
  /// The rebuilt shards are flushed; they were not read back.
  HEAL_BUILT,
  /// The rebuilt shards are read back; no row points to them.
  HEAL_PROVEN,
  /// Rows point to the rebuilt shards in a transaction; COMMIT was not sent.
  MOVE_OPEN,
  /// Rows point to the rebuilt shards; the healer was not told.
  MOVE_MADE,
  /// The healer knows that the rows were moved; the proof is not recorded.
  HEAL_MOVED,
  /// The end of a heal is in its transaction; COMMIT was not sent.
  SETTLE_OPEN,
  /// The end of a heal is recorded; the healer was not told.
  SETTLE_MADE,
  /// Dead segments have become remnants in a transaction; COMMIT was not sent.
  RETIRE_OPEN,
  /// Dead segments have become remnants; the collector was not told.
  RETIRE_MADE,
  /// The collector knows which remnants may go; none is removed.
  COLLECT_LISTED,
  /// A file is to be removed, and is there.
  CLEAR_REMOVE,
  /// A file is removed; its folder is not flushed.
  CLEAR_REMOVED,
  /// The folders of what was removed or moved are flushed; nobody was told.
  CLEAR_FLUSHED,
  /// The collector knows that remnants are gone; the catalog was not told.
  COLLECT_CLEARED,
  /// Remnants are confirmed to be gone in a transaction; COMMIT was not sent.
  CONFIRM_OPEN,
  /// Remnants are confirmed to be gone; the collector was not told.
  CONFIRM_MADE,
  /// Names without a row are condemned; it is not marked when.
  CONDEMN_MADE,
  /// The collector knows what is to become of condemned names; nothing is done to them.
  COLLECT_JUDGED,
  /// A condemned file is to be moved to quarantine, and is where it was.
  CLEAR_MOVE,
  /// A condemned file is moved to quarantine; no folder is flushed.
  CLEAR_MOVED,
  /// A file of which a row speaks is moved back from quarantine; no folder is flushed.
  CLEAR_RESTORED,
  /// What became of condemned names is in its transaction; COMMIT was not sent.
  FATE_OPEN,
  /// What became of condemned names is recorded; the collector was not told.
  FATE_MADE,
  /// What lives in a sparse pack is read and verified; nothing is copied.
  COMPACT_READ,
  /// The copies of what lives in a sparse pack are flushed; nobody was told where.
  COMPACT_COPIED,
  /// Rows point to the copies in a transaction; COMMIT was not sent.
  RECORDS_OPEN,
  /// Rows point to the copies; the compactor was not told.
  RECORDS_MADE,
  /// The compactor knows that the rows were moved; it goes on with the same pack.
  COMPACT_MOVED,
  /// Nothing alive is left in a pack; it is not condemned.
  COMPACT_LEFT,
  /// A pack is moved to quarantine; no folder is flushed.
  PACK_QUARANTINED,
  /// A pack is removed from quarantine; the folder is not flushed.
  PACK_REMOVED,
  /// A file for a tree is flushed on every origin it goes to; nobody sees it.
  TREE_SEALED,
  /// It is noted what is about to be written to a tree; no copy bears its name.
  TREE_NOTED,
  /// A copy of a file bears its name; the others need not yet.
  TREE_PUBLISHED,
  /// A key of a tree is noted to be deleted; its files are there.
  TREE_BURIED;

  /// The property that arms one.
  public static final String PROPERTY = "kintsugi.crash";

  /// A constant, so that the check of a node that is not to crash is compiled away.
  private static final @Nullable CrashFuse FUSE = CrashFuse.of(System.getProperty(PROPERTY));

  /// Ends the process, if it was to end here.
  public void pass() {
    if (FUSE != null) {
      FUSE.pass(this);
    }
  }

  /// As it is named outside: `write.begun`.
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '.');
  }

  /// What this process was told to die of.
  public static Optional<String> armed() {
    return Optional.ofNullable(FUSE).map(CrashFuse::toString);
  }
}
