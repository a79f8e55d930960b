package io.kintsugi.contract;

import io.kintsugi.kernel.Call;
import org.jspecify.annotations.Nullable;

/// Segments that were written narrower than their bucket wants, because origins were away, and are
/// written anew once there are enough of them.
public final class CatalogRelayContract {
  public static final Call<OpenRelays, RelaysOpened> OPEN_RELAYS =
      new Call<>("catalog.call.open-relays.v1", OpenRelays.class, RelaysOpened.class, 60_000);
  public static final Call<SwapSegment, SegmentSwapped> SWAP_SEGMENT =
      new Call<>("catalog.call.swap-segment.v1", SwapSegment.class, SegmentSwapped.class);

  /// Opens a heal row, cause `relay`, for each live segment of a page that has fewer data shards
  /// than its bucket wants and could have them now. Pages go by write id.
  ///
  /// @param domains how many failure domains can be written now
  /// @param max segments to look at, 1 to 10000
  public record OpenRelays(int domains, @Nullable String after, int max) {}

  /// What a page came to.
  ///
  /// @param nextAfter null if this was the last page
  public record RelaysOpened(long opened, @Nullable String nextAfter) {}

  /// Puts a segment with the same bytes in the place of one that is still alive, which dies. The
  /// claim is that on the old one's row. Idempotent by the new write id.
  ///
  /// @param sessionId that the new segment was written under
  /// @param segment where it stands in its object is taken from the old one
  public record SwapSegment(
      String sessionId, long taskId, int attempt, String oldWriteId, Segment segment) {}

  /// What came of it.
  ///
  /// @param swapped false if the old one had died: the new one is garbage
  public record SegmentSwapped(boolean swapped) {}

  private CatalogRelayContract() {}
}
