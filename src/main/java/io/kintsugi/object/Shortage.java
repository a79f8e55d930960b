package io.kintsugi.object;

import io.kintsugi.contract.Layout;
import io.kintsugi.contract.OriginContract.Placement;
import io.kintsugi.format.Geometry;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// With which layout a segment is written when so many origins can be written now.
@Pure
sealed interface Shortage {
  /// The most copies that a segment can have.
  int COPIES_MAX = 1 + Geometry.MAX_M;

  /// It is written.
  ///
  /// @param needed so many shards must be flushed before it is acknowledged
  record Write(Layout layout, int needed) implements Shortage {}

  record Refuse(String reason) implements Shortage {}

  /// What a refusal is called: it is the room that is short if all would be well with it.
  static FailureCode code(Layout wanted, String onShortage, Placement placement) {
    int full = Objects.requireNonNullElse(placement.full(), 0);
    return decide(wanted, onShortage, placement.origins().size() + full, placement.acks())
            instanceof Write
        ? FailureCode.STORAGE_ERROR
        : FailureCode.UNAVAILABLE;
  }

  static Shortage decide(Layout wanted, String onShortage, Placement placement) {
    return decide(wanted, onShortage, placement.origins().size(), placement.acks());
  }

  private static Shortage decide(
      Layout wanted, String onShortage, int writable, @Nullable Integer acks) {
    return acks == null ? decide(wanted, onShortage, writable) : copies(writable, acks);
  }

  /// Parity is never given up for data: a segment may be wider cut later, but a loss cannot be
  /// undone.
  static Shortage decide(Layout wanted, String onShortage, int writable) {
    if (writable >= wanted.shards()) {
      return new Write(wanted, Quorum.needed(wanted));
    }
    if (onShortage.equals("refuse")) {
      return new Refuse(
          "the bucket wants %s, and %d origins can be written now".formatted(wanted, writable));
    }
    int k = Math.min(wanted.k(), writable - wanted.m());
    if (k < 1) {
      return new Refuse(
          "%d parity shards need more than the %d origins that can be written now"
              .formatted(wanted.m(), writable));
    }
    var layout = new Layout(k, wanted.m());
    return new Write(layout, Quorum.needed(layout));
  }

  /// A copy on every origin, whatever the layout says.
  ///
  /// @param acks so many of them must be flushed
  static Shortage copies(int writable, int acks) {
    int copies = Math.min(writable, COPIES_MAX);
    return copies == 0 || copies < acks
        ? new Refuse(
            ("%d copies must be flushed (replication_factor, min_healthy_backends), and %d can be"
                    + " written now")
                .formatted(acks, copies))
        : new Write(new Layout(1, copies - 1), acks);
  }
}
