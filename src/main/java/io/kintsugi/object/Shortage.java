package io.kintsugi.object;

import io.kintsugi.contract.Layout;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.util.Objects;

/// With which layout a segment is written when so many origins can be written now.
@Pure
sealed interface Shortage {
  record Write(Layout layout) implements Shortage {}

  record Refuse(String reason) implements Shortage {}

  /// What a refusal is called: it is the room that is short if all would be well with it.
  static FailureCode code(Layout wanted, String onShortage, Placement placement) {
    int full = Objects.requireNonNullElse(placement.full(), 0);
    return decide(wanted, onShortage, placement.origins().size() + full) instanceof Write
        ? FailureCode.STORAGE_ERROR
        : FailureCode.UNAVAILABLE;
  }

  /// Parity is never given up for data: a segment may be wider cut later, but a loss cannot be
  /// undone.
  static Shortage decide(Layout wanted, String onShortage, int writable) {
    if (writable >= wanted.shards()) {
      return new Write(wanted);
    }
    if (onShortage.equals("refuse")) {
      return new Refuse(
          "the bucket wants %s, and %d origins can be written now".formatted(wanted, writable));
    }
    int k = Math.min(wanted.k(), writable - wanted.m());
    return k >= 1
        ? new Write(new Layout(k, wanted.m()))
        : new Refuse(
            "%d parity shards need more than the %d origins that can be written now"
                .formatted(wanted.m(), writable));
  }
}
