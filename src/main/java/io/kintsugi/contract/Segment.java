package io.kintsugi.contract;

import java.util.List;

/// The unit of coding, placement, scan and heal: an object version is an ordered list of these.
///
/// @param ordinal place in the version, from 0
/// @param writeId 32 hex digits, fresh for every write
/// @param offset of its first byte in the object (in the part, for parts)
/// @param layout the geometry it was written with, which may be less than its bucket's
/// @param footerSha256 hex, of the footer that all its shards share
/// @param shardSha256 hex, of each shard's header and blocks, by index
/// @param shardBytes size of each shard's file
public record Segment(
    int ordinal,
    String writeId,
    long offset,
    long sizeBytes,
    Layout layout,
    int footerBytes,
    String footerSha256,
    List<String> shardSha256,
    long shardBytes,
    List<Location> locations) {
  public Segment {
    shardSha256 = List.copyOf(shardSha256);
    locations = List.copyOf(locations);
  }
}
