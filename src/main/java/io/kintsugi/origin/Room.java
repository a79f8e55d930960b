package io.kintsugi.origin;

import io.kintsugi.driver.Driver;

/// Room on an origin as its last look found it, less what was written since.
///
/// @param freeInodes -1 where nobody counts them
/// @param full whether a look or a write found too little room for one shard more
record Room(long totalBytes, long freeBytes, long freeInodes, boolean full) {
  static final Room UNSEEN = new Room(0, 0, -1, false);

  static Room of(Driver.Space space, long reserveBytes) {
    long freeBytes = space.freeBytes();
    long freeInodes = space.freeInodes();
    boolean full = !Placing.hasRoom(freeBytes, freeInodes, reserveBytes);
    return new Room(space.totalBytes(), freeBytes, freeInodes, full);
  }

  Room less(long writtenBytes) {
    return new Room(totalBytes, Math.max(0, freeBytes - writtenBytes), freeInodes, full);
  }

  /// A write that found no room tells more than an older look at the free bytes.
  Room exhausted() {
    return new Room(totalBytes, 0, freeInodes, true);
  }
}
