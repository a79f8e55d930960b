package io.kintsugi.catalog;

import io.kintsugi.kernel.Pure;

/// What is to become of a name that was seen without a row.
@Pure
enum Fate {
  /// A row speaks of it, and it lies where the row says.
  FORGET,
  /// A row speaks of it, but it is on its way to quarantine, or there.
  RESTORE,
  /// Nobody's: from now on nothing may come to point to it.
  CONDEMN,
  /// Condemned, but somebody is at work who does not know that.
  CONDEMNED_LATELY,
  /// Nobody's, and everybody knows: into quarantine.
  QUARANTINE,
  /// Still nobody's: away.
  REMOVE,
  /// Its write could still be committed.
  MAY_BE_COMMITTED,
  /// Seen too short a time ago.
  SEEN_LATELY,
  /// In quarantine too short a time.
  IN_QUARANTINE;

  /// What is known of a name, all of one moment.
  ///
  /// @param state as it is kept: seen, condemned or quarantined
  /// @param known a row speaks of it, alive or dead
  /// @param over nothing can come to point to it: its session is closed, or its counter is below
  ///   the low water of that
  /// @param seenLong first seen longer ago than the grace
  /// @param heldLong in quarantine for longer than the grace
  /// @param settled nobody is at work any more who does not know that it was condemned
  record Seen(
      String state,
      boolean known,
      boolean over,
      boolean seenLong,
      boolean heldLong,
      boolean settled) {}

  static Fate of(Seen name) {
    if (name.known()) {
      return name.state().equals("seen") ? FORGET : RESTORE;
    }
    if (!name.over()) {
      return MAY_BE_COMMITTED;
    }
    return switch (name.state()) {
      case "seen" -> name.seenLong() ? CONDEMN : SEEN_LATELY;
      // Whether it was moved before its mover died is for the origin to find out.
      case "condemned" -> name.settled() ? QUARANTINE : CONDEMNED_LATELY;
      default -> name.heldLong() && name.settled() ? REMOVE : IN_QUARANTINE;
    };
  }
}
