package io.kintsugi.origin;

import java.util.ArrayDeque;

/// Arrays through which an origin's shards are looked at, used again and again: such large ones
/// made anew for each read would keep the collector busy with nothing else. An origin keeps at most
/// as many as looks were under way at once, and never more than [#KEPT_MAX].
final class Windows {
  /// Of one window.
  static final int BYTES = 1 << 20;

  private static final int KEPT_MAX = 8;

  private final ArrayDeque<byte[]> kept = new ArrayDeque<>();

  /// An array of at least so many bytes; what it holds is left from others.
  byte[] take(int length) {
    if (length > BYTES) {
      return new byte[length];
    }
    var window = kept.pollLast();
    return window == null ? new byte[BYTES] : window;
  }

  /// Only once nobody reads into it any more.
  void giveBack(byte[] window) {
    if (window.length == BYTES && kept.size() < KEPT_MAX) {
      kept.addLast(window);
    }
  }
}
