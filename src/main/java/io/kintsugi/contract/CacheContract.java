package io.kintsugi.contract;

import io.kintsugi.kernel.BlobOffer;
import io.kintsugi.kernel.BlobTicket;
import io.kintsugi.kernel.Call;
import java.time.Instant;

/// Copies of objects on this node's own disk, for the time when no origin answers. They are never
/// the truth, and never served while shards can be had: a version of an object does not change, so
/// a copy of it is right or damaged, and cannot be old.
public final class CacheContract {
  /// Whether a copy of this version should be offered.
  public static final Call<WantCopy, Wanted> WANT_COPY =
      new Call<>("cache.call.want-copy.v1", WantCopy.class, Wanted.class);

  /// Ask with [io.kintsugi.kernel.Bus#askWhile]. A stream that is aborted leaves no copy.
  public static final Call<StoreCopy, Done> STORE_COPY =
      new Call<>("cache.call.store-copy.v1", StoreCopy.class, Done.class);

  /// Answers once the first bytes were verified; they follow on the ticket's stream. Fails with
  /// NOT_FOUND if there is no copy, and CORRUPT if it is damaged, in which case it is gone then.
  public static final Call<ReadCopy, CopyOpened> READ_COPY =
      new Call<>("cache.call.read-copy.v1", ReadCopy.class, CopyOpened.class);

  public static final Call<GetCache, CacheView> GET_CACHE =
      new Call<>("cache.call.get-cache.v1", GetCache.class, CacheView.class);

  /// A version that somebody is about to read whole.
  ///
  /// @param versionId 32 hex digits
  /// @param remote whether some of its shards lie on an origin that is not local
  public record WantCopy(String versionId, long sizeBytes, boolean remote) {}

  /// Whether, and why or why not.
  ///
  /// @param reason wanted, off, local, too-large, there, busy, disk-full; off and local hold for
  ///   the life of the node
  public record Wanted(boolean wanted, String reason) {}

  /// The whole of one version.
  public record StoreCopy(String versionId, long sizeBytes, BlobOffer body) {}

  public record ReadCopy(String versionId, long offset, long lengthBytes, BlobTicket into) {}

  /// A copy that is being given out.
  ///
  /// @param stored when it was made
  public record CopyOpened(Instant stored) {}

  public record GetCache() {}

  /// How the cache fares since the node began.
  ///
  /// @param mode off, remote or all
  public record CacheView(
      String mode,
      long limitBytes,
      long bytes,
      long copies,
      long hits,
      long misses,
      long stored,
      long evicted,
      long damaged) {}

  private CacheContract() {}
}
