package io.kintsugi.heal;

import io.kintsugi.format.KeyRing;
import io.kintsugi.kernel.World;

/// What repairs share.
///
/// @param turns to move bytes to and from origins
/// @param absences what is known of origins that are away
record Bench(
    World world,
    WriteSession session,
    KeyRing keys,
    Turns turns,
    Absences absences,
    Relocations relocations) {
  /// For what cannot wait.
  Bench atOnce() {
    return new Bench(world, session, keys, Turns.AT_ONCE, absences, relocations);
  }
}
