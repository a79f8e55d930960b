package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.Names;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A range of one segment that is being read, and the copies of its shards.
final class SegmentReader {
  private final Workshop shop;
  private final FindObject object;
  private final Segment segment;
  private final WriteId writeId;
  private final Striping.Range range;
  private final DamageLog damage;
  private final List<ShardCopy> copies = new ArrayList<>();
  private @Nullable Future<Set<String>> asking;
  private boolean closed;

  SegmentReader(Workshop shop, ObjectEntry entry, Ranges.Piece piece, DamageLog damage) {
    this.shop = shop;
    this.damage = damage;
    object = new FindObject(entry.bucket(), entry.key(), entry.versionId());
    segment = piece.segment();
    writeId = WriteId.parse(segment.writeId());
    var geometry = new Geometry(segment.layout().k(), segment.layout().m());
    range = new Striping(geometry, segment.sizeBytes()).range(piece.offset(), piece.lengthBytes());
    segment.locations().forEach(at -> copies.add(new ShardCopy(at)));
  }

  Striping.Range range() {
    return range;
  }

  WriteId writeId() {
    return writeId;
  }

  List<ShardCopy> copies() {
    return copies;
  }

  /// Whether anything can lie where the row says.
  boolean isThere(ShardCopy copy) {
    return copy.at().landed() && copy.lost() == null && !shop.origins().isGone(copy.at());
  }

  /// Whether a block is on its way already, or has come.
  boolean isUnderWay(ShardCopy copy, int stripe) {
    return copy.feeds().stream().anyMatch(feed -> feed.covers(stripe));
  }

  Future<List<io.vertx.core.buffer.Buffer>> read(int stripe) {
    return new StripeReader(shop, this, stripe).read();
  }

  /// A block of a copy, not yet verified. If it cannot be had, what that means has been noted.
  Future<byte[]> block(ShardCopy copy, int stripe) {
    return feed(copy, stripe)
        .block(stripe)
        .recover(cause -> note(copy, Failure.from(cause)).compose(_ -> Future.failedFuture(cause)));
  }

  private ShardFeed feed(ShardCopy copy, int stripe) {
    int last = lastStripe(copy, stripe);
    copy.dropBehind(stripe);
    for (var feed : copy.feeds()) {
      if (feed.covers(stripe)) {
        return feed;
      }
      if (feed.firstAhead() > stripe) {
        last = Math.min(last, feed.firstAhead() - 1);
      }
    }
    var at = copy.at();
    var name = Names.shard(writeId, at.index(), WriteId.parse(at.attemptId()));
    var feed =
        new ShardFeed(
            shop.world(), segment, range.striping(), at, name, stripe, Math.max(last, stripe));
    copy.feeds().add(feed);
    return feed;
  }

  /// The last stripe that a shard is likely to be needed for: the last cells of a range may lie in
  /// others.
  private int lastStripe(ShardCopy copy, int stripe) {
    int last = range.lastStripe();
    int k = range.striping().geometry().k();
    int index = copy.at().index();
    boolean unneeded = k > 1 && index < k && index > range.lastShard(last) && last > stripe;
    return unneeded ? last - 1 : last;
  }

  private Future<Void> note(ShardCopy copy, Failure failure) {
    if (closed || copy.lost() != null) {
      return Future.succeededFuture();
    }
    return switch (failure.code()) {
      case NOT_FOUND -> stillNamed(copy).onSuccess(named -> missing(copy, named)).mapEmpty();
      case CORRUPT, INVALID_RANGE -> {
        copy.lose(Evidence.CORRUPT);
        damaged(copy, Evidence.CORRUPT, failure.text());
        yield Future.succeededFuture();
      }
      default -> {
        copy.suspect();
        yield Future.succeededFuture();
      }
    };
  }

  private void missing(ShardCopy copy, boolean named) {
    copy.lose(named ? Evidence.MISSING : Evidence.UNKNOWN);
    if (named) {
      damaged(copy, Evidence.MISSING, "not where the catalog says");
    }
  }

  void damaged(ShardCopy copy, Evidence evidence, String detail) {
    damage.met(segment.writeId(), copy.at(), evidence, detail);
  }

  /// Asks the catalog once more: a heal may have moved the shard since the object was found. Copies
  /// that came to be meanwhile are read from then on.
  private Future<Boolean> stillNamed(ShardCopy copy) {
    var pending = asking;
    if (pending == null) {
      pending =
          shop.world()
              .bus()
              .ask(CatalogContract.FIND_OBJECT, object)
              .map(this::merge)
              .recover(cause ->
                  Failure.from(cause).is(FailureCode.NOT_FOUND)
                      ? Future.succeededFuture(Set.of())
                      : Future.failedFuture(cause));
      asking = pending;
      pending.onComplete(_ -> asking = null);
    }
    // Without an answer nothing is known, so nothing is called missing.
    return pending.map(names -> names.contains(copy.at().attemptId())).otherwise(false);
  }

  private Set<String> merge(ObjectEntry entry) {
    var rows =
        entry.segments().stream()
            .filter(row -> row.writeId().equals(segment.writeId()))
            .flatMap(row -> row.locations().stream())
            .toList();
    var known = copies.stream().map(copy -> copy.at().attemptId()).collect(Collectors.toSet());
    rows.stream()
        .filter(at -> !known.contains(at.attemptId()))
        .forEach(at -> copies.add(new ShardCopy(at)));
    return rows.stream().map(Location::attemptId).collect(Collectors.toUnmodifiableSet());
  }

  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
    copies.forEach(copy -> copy.feeds().forEach(ShardFeed::close));
  }
}
