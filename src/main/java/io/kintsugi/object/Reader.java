package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.format.Striping;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A range of an object that is being read, stripe by stripe. Whatever it gives was verified.
final class Reader {
  /// Stripes that are fetched while one is being taken.
  private static final int STRIPES_AHEAD = 2;

  /// Blocks of one shard in memory at once: those of the stripes, and a window on its way.
  private static final int BLOCKS_HELD = STRIPES_AHEAD + 3;

  private final Workshop shop;
  private final ObjectEntry entry;
  private final DamageLog damage;
  private final ArrayDeque<Ranges.Piece> pieces;
  private final ArrayDeque<Future<List<Buffer>>> ahead = new ArrayDeque<>();
  private final ArrayDeque<SegmentReader> open = new ArrayDeque<>();
  private @Nullable SegmentReader current;
  private int nextStripe;
  private boolean closed;

  Reader(Workshop shop, ObjectEntry entry, long offset, long lengthBytes) {
    this.shop = shop;
    this.entry = entry;
    damage = new DamageLog(shop.world(), entry.bucket(), entry.key());
    pieces = new ArrayDeque<>(Ranges.pieces(entry.segments(), offset, lengthBytes));
  }

  /// What a read of so many bytes may hold.
  static long memoryBytes(ObjectEntry entry, long lengthBytes) {
    int k = entry.segments().stream().mapToInt(segment -> segment.layout().k()).max().orElse(1);
    long blocks = Math.min(BLOCKS_HELD, lengthBytes / Striping.PAYLOAD_BYTES / k + 1);
    return k * Math.min(blocks * Striping.BLOCK_BYTES, lengthBytes + Striping.HEAD_BYTES);
  }

  /// The next verified bytes, in order; an empty list at the end. One call at a time.
  Future<List<Buffer>> next() {
    if (closed) {
      return Future.failedFuture(Failure.of(FailureCode.CANCELLED, "the read was called off"));
    }
    fetchAhead();
    return ahead.isEmpty() ? Future.succeededFuture(List.of()) : ahead.remove();
  }

  private void fetchAhead() {
    while (ahead.size() <= STRIPES_AHEAD) {
      var segment = segment();
      if (segment == null) {
        return;
      }
      ahead.add(segment.read(nextStripe++));
    }
  }

  private @Nullable SegmentReader segment() {
    var segment = current;
    if (segment != null && nextStripe <= segment.range().lastStripe()) {
      return segment;
    }
    var piece = pieces.poll();
    if (piece == null) {
      return null;
    }
    var fresh = new SegmentReader(shop, entry, piece, damage);
    // Stripes of the one before are on their way still; of those before that, none.
    while (open.size() > STRIPES_AHEAD + 1) {
      open.remove().close();
    }
    open.add(fresh);
    current = fresh;
    nextStripe = fresh.range().firstStripe();
    return fresh;
  }

  /// Ends the read, at its end or before it.
  void close() {
    if (!closed) {
      closed = true;
      open.forEach(SegmentReader::close);
      damage.report();
    }
  }
}
