package io.kintsugi.node;

import static io.kintsugi.kernel.CrashPoint.CLEAR_FLUSHED;
import static io.kintsugi.kernel.CrashPoint.CLEAR_MOVE;
import static io.kintsugi.kernel.CrashPoint.CLEAR_MOVED;
import static io.kintsugi.kernel.CrashPoint.CLEAR_REMOVE;
import static io.kintsugi.kernel.CrashPoint.CLEAR_REMOVED;
import static io.kintsugi.kernel.CrashPoint.CLEAR_RESTORED;
import static io.kintsugi.kernel.CrashPoint.COLLECT_CLEARED;
import static io.kintsugi.kernel.CrashPoint.COLLECT_JUDGED;
import static io.kintsugi.kernel.CrashPoint.COLLECT_LISTED;
import static io.kintsugi.kernel.CrashPoint.COMMIT_MADE;
import static io.kintsugi.kernel.CrashPoint.COMMIT_OPEN;
import static io.kintsugi.kernel.CrashPoint.COMPACT_COPIED;
import static io.kintsugi.kernel.CrashPoint.COMPACT_LEFT;
import static io.kintsugi.kernel.CrashPoint.COMPACT_MOVED;
import static io.kintsugi.kernel.CrashPoint.COMPACT_READ;
import static io.kintsugi.kernel.CrashPoint.COMPLETE_MADE;
import static io.kintsugi.kernel.CrashPoint.COMPLETE_OPEN;
import static io.kintsugi.kernel.CrashPoint.CONDEMN_MADE;
import static io.kintsugi.kernel.CrashPoint.CONFIRM_MADE;
import static io.kintsugi.kernel.CrashPoint.CONFIRM_OPEN;
import static io.kintsugi.kernel.CrashPoint.COPY_READ;
import static io.kintsugi.kernel.CrashPoint.DELETE_MADE;
import static io.kintsugi.kernel.CrashPoint.DELETE_OPEN;
import static io.kintsugi.kernel.CrashPoint.FATE_MADE;
import static io.kintsugi.kernel.CrashPoint.FATE_OPEN;
import static io.kintsugi.kernel.CrashPoint.HEAL_BUILT;
import static io.kintsugi.kernel.CrashPoint.HEAL_CLAIMED;
import static io.kintsugi.kernel.CrashPoint.HEAL_MOVED;
import static io.kintsugi.kernel.CrashPoint.HEAL_PROVEN;
import static io.kintsugi.kernel.CrashPoint.HEAL_READ;
import static io.kintsugi.kernel.CrashPoint.JOURNAL_DUE;
import static io.kintsugi.kernel.CrashPoint.JOURNAL_FLUSHED;
import static io.kintsugi.kernel.CrashPoint.JOURNAL_REACHED;
import static io.kintsugi.kernel.CrashPoint.JOURNAL_WRITTEN;
import static io.kintsugi.kernel.CrashPoint.MOVE_MADE;
import static io.kintsugi.kernel.CrashPoint.MOVE_OPEN;
import static io.kintsugi.kernel.CrashPoint.PACK_CREATED;
import static io.kintsugi.kernel.CrashPoint.PACK_FLUSHED;
import static io.kintsugi.kernel.CrashPoint.PACK_QUARANTINED;
import static io.kintsugi.kernel.CrashPoint.PACK_REMOVED;
import static io.kintsugi.kernel.CrashPoint.PACK_SEALED;
import static io.kintsugi.kernel.CrashPoint.PACK_WRITTEN;
import static io.kintsugi.kernel.CrashPoint.PART_MADE;
import static io.kintsugi.kernel.CrashPoint.PART_OPEN;
import static io.kintsugi.kernel.CrashPoint.RECORDS_MADE;
import static io.kintsugi.kernel.CrashPoint.RECORDS_OPEN;
import static io.kintsugi.kernel.CrashPoint.RETIRE_MADE;
import static io.kintsugi.kernel.CrashPoint.RETIRE_OPEN;
import static io.kintsugi.kernel.CrashPoint.SETTLE_MADE;
import static io.kintsugi.kernel.CrashPoint.SETTLE_OPEN;
import static io.kintsugi.kernel.CrashPoint.SHARD_BEGUN;
import static io.kintsugi.kernel.CrashPoint.SHARD_FLUSHED;
import static io.kintsugi.kernel.CrashPoint.SHARD_LANDED;
import static io.kintsugi.kernel.CrashPoint.SHARD_WRITTEN;
import static io.kintsugi.kernel.CrashPoint.WRITE_BEGUN;
import static io.kintsugi.kernel.CrashPoint.WRITE_COMMITTED;
import static io.kintsugi.kernel.CrashPoint.WRITE_LANDED;
import static io.kintsugi.kernel.CrashPoint.WRITE_PLACED;

import io.kintsugi.kernel.CrashPoint;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/// What a node does, and at which passing of which point it dies of it.
///
/// @param passing the n-th time that the process comes there
/// @param lost the catalog goes with it, and is rebuilt from the origins (G1)
record CrashCase(Work work, CrashPoint point, int passing, boolean lost) {
  /// Shards of a segment in files: 6+2. Some points are passed once for each.
  private static final int DATA_SHARDS = 6;

  /// What clients ask for meanwhile.
  enum Work {
    PUT_FILE,
    PUT_SMALL,
    OVERWRITE_FILE,
    OVERWRITE_SMALL,
    MULTIPART,
    COPY,
    DELETE,
    HEAL_FILE,
    HEAL_SMALL,
    COLLECT,
    COMPACT,
    STOP;

    /// What has died goes within seconds, and only when it is asked for.
    boolean collects() {
      return this == COLLECT || this == COMPACT;
    }
  }

  /// All cases.
  static List<CrashCase> matrix() {
    var cases = new ArrayList<CrashCase>();
    for (var work : List.of(Work.PUT_FILE, Work.OVERWRITE_FILE)) {
      add(cases, work, 1, WRITE_BEGUN, WRITE_PLACED);
      addShards(cases, work);
      add(cases, work, 1, WRITE_LANDED, COMMIT_OPEN, COMMIT_MADE, WRITE_COMMITTED);
      addJournal(cases, work);
    }
    for (var work : List.of(Work.PUT_SMALL, Work.OVERWRITE_SMALL)) {
      add(cases, work, 1, WRITE_BEGUN, WRITE_PLACED, PACK_CREATED, PACK_WRITTEN, PACK_FLUSHED);
      add(cases, work, 2, PACK_WRITTEN, PACK_FLUSHED);
      add(cases, work, 1, WRITE_LANDED, COMMIT_OPEN, COMMIT_MADE, WRITE_COMMITTED);
      addJournal(cases, work);
    }
    addShards(cases, Work.MULTIPART);
    add(cases, Work.MULTIPART, 1, PART_OPEN, PART_MADE, COMPLETE_OPEN, COMPLETE_MADE);
    add(cases, Work.MULTIPART, 2, PART_MADE, JOURNAL_REACHED);
    addJournal(cases, Work.MULTIPART);
    add(cases, Work.COPY, 1, COPY_READ, WRITE_LANDED, COMMIT_OPEN, COMMIT_MADE, WRITE_COMMITTED);
    addShards(cases, Work.COPY);
    add(cases, Work.DELETE, 1, DELETE_OPEN, DELETE_MADE, JOURNAL_REACHED);
    addJournal(cases, Work.DELETE);
    add(cases, Work.HEAL_FILE, 1, SHARD_BEGUN, SHARD_WRITTEN, SHARD_FLUSHED, SHARD_LANDED);
    add(cases, Work.HEAL_FILE, 2, SHARD_LANDED);
    add(cases, Work.HEAL_SMALL, 1, PACK_CREATED, PACK_WRITTEN, PACK_FLUSHED);
    for (var work : List.of(Work.HEAL_FILE, Work.HEAL_SMALL)) {
      add(cases, work, 1, HEAL_CLAIMED, HEAL_READ, HEAL_BUILT, HEAL_PROVEN, MOVE_OPEN, MOVE_MADE);
      add(cases, work, 1, HEAL_MOVED, SETTLE_OPEN, SETTLE_MADE, JOURNAL_DUE);
    }
    addCollecting(cases);
    add(cases, Work.STOP, 1, PACK_SEALED);
    add(cases, Work.STOP, 2, PACK_SEALED);
    for (var work : List.of(Work.PUT_FILE, Work.OVERWRITE_SMALL, Work.MULTIPART, Work.DELETE)) {
      addLost(cases, work, JOURNAL_DUE, JOURNAL_WRITTEN, JOURNAL_FLUSHED);
    }
    addLost(cases, Work.OVERWRITE_SMALL, COMMIT_MADE);
    addLost(cases, Work.MULTIPART, COMPLETE_MADE, JOURNAL_REACHED);
    addLost(cases, Work.DELETE, DELETE_MADE, JOURNAL_REACHED);
    addLost(cases, Work.COLLECT, CLEAR_REMOVED, CLEAR_MOVED);
    addLost(cases, Work.COMPACT, RECORDS_MADE, PACK_QUARANTINED, PACK_REMOVED);
    return List.copyOf(cases);
  }

  private static void addCollecting(List<CrashCase> cases) {
    var work = Work.COLLECT;
    add(cases, work, 1, RETIRE_OPEN, RETIRE_MADE, COLLECT_LISTED, CLEAR_REMOVE, CLEAR_REMOVED);
    add(cases, work, 1, CLEAR_FLUSHED, COLLECT_CLEARED, CONFIRM_OPEN, CONFIRM_MADE);
    add(cases, work, DATA_SHARDS, CLEAR_REMOVED, CLEAR_FLUSHED, CONFIRM_MADE);
    add(cases, work, 1, CONDEMN_MADE, COLLECT_JUDGED, CLEAR_MOVE, CLEAR_MOVED, CLEAR_RESTORED);
    add(cases, work, 1, FATE_OPEN, FATE_MADE);
    add(cases, work, 2, CLEAR_MOVED, CLEAR_RESTORED, FATE_OPEN);
    work = Work.COMPACT;
    add(cases, work, 1, COMPACT_READ, PACK_CREATED, PACK_WRITTEN, PACK_FLUSHED, COMPACT_COPIED);
    add(cases, work, 1, RECORDS_OPEN, RECORDS_MADE, COMPACT_MOVED, COMPACT_LEFT, JOURNAL_DUE);
    add(cases, work, 2, COMPACT_COPIED, RECORDS_MADE, COMPACT_LEFT);
    add(cases, work, 1, CONFIRM_MADE, CONDEMN_MADE, PACK_QUARANTINED, FATE_MADE, PACK_REMOVED);
    add(cases, work, 2, PACK_QUARANTINED, PACK_REMOVED);
  }

  private static void addShards(List<CrashCase> cases, Work work) {
    add(cases, work, 1, SHARD_BEGUN, SHARD_WRITTEN, SHARD_FLUSHED, SHARD_LANDED);
    add(cases, work, DATA_SHARDS, SHARD_WRITTEN, SHARD_FLUSHED, SHARD_LANDED);
    add(cases, work, DATA_SHARDS + 1, SHARD_LANDED);
  }

  private static void addJournal(List<CrashCase> cases, Work work) {
    add(cases, work, 1, JOURNAL_DUE, JOURNAL_WRITTEN, JOURNAL_FLUSHED);
    add(cases, work, 2, JOURNAL_FLUSHED);
  }

  private static void addLost(List<CrashCase> cases, Work work, CrashPoint... points) {
    for (var point : points) {
      cases.add(new CrashCase(work, point, 1, true));
    }
  }

  private static void add(List<CrashCase> cases, Work work, int passing, CrashPoint... points) {
    for (var point : points) {
      cases.add(new CrashCase(work, point, passing, false));
    }
  }

  /// The points that need a fault of a disk, or a tree, to be passed; they have tests of their own.
  static EnumSet<CrashPoint> elsewhere() {
    return EnumSet.of(
        CrashPoint.PACK_POISONED,
        CrashPoint.TREE_SEALED,
        CrashPoint.TREE_NOTED,
        CrashPoint.TREE_PUBLISHED,
        CrashPoint.TREE_BURIED);
  }

  /// The same, later: a start passes some points too.
  CrashCase after(int passings) {
    return new CrashCase(work, point, passing + passings, lost);
  }

  /// What the node is told.
  String armed() {
    return point.word() + ":" + passing;
  }

  @Override
  public String toString() {
    return work + "@" + armed() + (lost ? "+lost" : "");
  }
}
