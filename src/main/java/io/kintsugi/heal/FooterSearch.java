package io.kintsugi.heal;

import io.kintsugi.contract.Segment;
import io.kintsugi.format.Footer;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Looks for the footer that all shards of a segment share, byte for byte the one that was
/// committed: its hash stands in the catalog, and its MAC says that the cluster wrote it.
final class FooterSearch {
  private final Bench bench;
  private final Segment segment;
  private final Shards shards;
  private final Set<Integer> suspects = new HashSet<>();

  /// What the search brought.
  sealed interface Result {}

  record Found(Buffer footer) implements Result {}

  /// Shards whose footer should be sound and was not found so.
  record Suspect(Set<Integer> indexes) implements Result {
    public Suspect {
      indexes = Set.copyOf(indexes);
    }
  }

  /// The footer is the committed one, and yet nothing may be built by it.
  record Refused(String reason) implements Result {}

  FooterSearch(Bench bench, Segment segment, Shards shards) {
    this.bench = bench;
    this.segment = segment;
    this.shards = shards;
  }

  /// The header of one shard, as the catalog's row tells it.
  static ShardHeader header(Segment segment, int index) {
    var geometry = new Geometry(segment.layout().k(), segment.layout().m());
    return ShardHeader.of(
        WriteId.parse(segment.writeId()),
        index,
        new Striping(geometry, segment.sizeBytes()),
        segment.footerBytes());
  }

  /// Reads the footer of one sound shard after the other, the preferred first, until one is whole.
  Future<Result> find(List<Integer> preferred) {
    var order = new ArrayList<Integer>();
    preferred.stream().filter(index -> shards.get(index).isHealthy()).forEach(order::add);
    shards.known().stream()
        .filter(shard -> shard.isHealthy() && !order.contains(shard.index()))
        .forEach(shard -> order.add(shard.index()));
    return next(order, 0);
  }

  private Future<Result> next(List<Integer> order, int at) {
    if (at == order.size()) {
      return Future.succeededFuture(new Suspect(suspects));
    }
    int index = order.get(at);
    var location = shards.get(index).location();
    var bytes =
        ShardBytes.open(
            bench,
            location,
            shards.name(location),
            header(segment, index).striping().footerOffset(),
            segment.footerBytes());
    return bytes
        .next(segment.footerBytes())
        .onComplete(_ -> bytes.cancel())
        .transform(read -> {
          if (read.succeeded()) {
            var footer = read.result();
            if (ShardDigest.ofFooter(footer).equals(segment.footerSha256())) {
              return Future.succeededFuture(judge(footer));
            }
          }
          suspects.add(index);
          return next(order, at + 1);
        });
  }

  private Result judge(byte[] footer) {
    return switch (Footer.decode(footer, bench.keys())) {
      case Footer.Decoded.Ok(var manifest) ->
          manifest.shardSha256().equals(segment.shardSha256())
                  && manifest.describes(header(segment, 0))
              ? new Found(Buffer.buffer(footer))
              : new Refused("manifest and catalog do not say the same");
      case Footer.Decoded.UnknownKey _ ->
          new Refused("the manifest was sealed with a key that this node does not have");
      case Footer.Decoded.UnknownFormat() -> new Refused("the manifest is of a later format");
      case Footer.Decoded.BadChecksum() -> new Refused("the committed manifest is damaged");
      case Footer.Decoded.BadMac() -> new Refused("the committed manifest has a wrong MAC");
      case Footer.Decoded.Malformed(var reason) ->
          new Refused("the committed manifest cannot be read: " + reason);
    };
  }
}
