package io.kintsugi.twin;

import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Packed;
import io.kintsugi.contract.Segment;
import io.kintsugi.erasure.Codec;
import io.kintsugi.format.Block;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.Footer;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.ManifestDraft.Attributes;
import io.kintsugi.format.Names;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A segment as a PUT would have written it: the row, and the file of each shard.
public record StoredSegment(SegmentRow row, List<byte[]> files) {
  /// The key that every manifest here is sealed with.
  public static final String KEY_HEX = "5a".repeat(32);

  public static final ClusterKey KEY = ClusterKey.parse(KEY_HEX);
  private static final Instant CREATED = Instant.parse("2026-01-02T03:04:05Z");

  /// Makes one, of random bytes.
  ///
  /// @param origins where its shards lie, by index
  public static StoredSegment make(
      WriteId writeId,
      String bucket,
      String key,
      Layout layout,
      int sizeBytes,
      List<String> origins,
      String incarnation) {
    var geometry = new Geometry(layout.k(), layout.m());
    var draft =
        new ManifestDraft(
            writeId,
            bucket,
            key,
            writeId.toString(),
            null,
            ManifestDraft.Segment.only(sizeBytes),
            CREATED,
            Attributes.NONE,
            geometry);
    var data = new byte[sizeBytes];
    new Random(writeId.counter()).nextBytes(data);
    var bodies = bodies(draft, data);
    var sums = new ArrayList<String>();
    for (int i = 0; i < geometry.n(); i++) {
      var digest = new ShardDigest(draft.header(i));
      digest.update(bodies.get(i), 0, bodies.get(i).length);
      sums.add(digest.finish());
    }
    var footer = Footer.encode(draft.seal("0".repeat(32), null, sums), KEY);
    var files = new ArrayList<byte[]>();
    var locations = new ArrayList<Location>();
    for (int i = 0; i < geometry.n(); i++) {
      var file = new ByteArrayOutputStream();
      file.writeBytes(draft.header(i).encodeFileHead());
      file.writeBytes(bodies.get(i));
      file.writeBytes(footer);
      files.add(file.toByteArray());
      locations.add(new Location(i, writeId.toString(), origins.get(i), incarnation, true));
    }
    var segment =
        new Segment(
            0,
            writeId.toString(),
            0,
            sizeBytes,
            layout,
            footer.length,
            ShardDigest.ofFooter(footer),
            sums,
            files.getFirst().length,
            locations);
    var row = new SegmentRow(bucket, "standard", key, writeId.toString(), 1, segment, CREATED);
    return new StoredSegment(row, files);
  }

  /// The same, but its shards lie in packs.
  public StoredSegment packed() {
    return packed("packs/" + "a".repeat(16) + "-1", 0);
  }

  /// The same, but its shards lie in a pack of that name on each of its origins, from that offset.
  public StoredSegment packed(String pack, long offset) {
    var old = segment();
    var places = new ArrayList<Location>();
    for (var at : old.locations()) {
      places.add(
          new Location(
              at.index(),
              at.attemptId(),
              at.originId(),
              at.incarnation(),
              at.landed(),
              new Packed(pack, offset, recordBytes())));
    }
    return with(places);
  }

  /// What a shard of it takes in a pack.
  public long recordBytes() {
    return segment().shardBytes() - Striping.FILE_HEADER_BYTES + ShardHeader.BYTES;
  }

  /// The same, but its shards lie elsewhere.
  public StoredSegment with(List<Location> locations) {
    var old = segment();
    var segment =
        new Segment(
            old.ordinal(),
            old.writeId(),
            old.offset(),
            old.sizeBytes(),
            old.layout(),
            old.footerBytes(),
            old.footerSha256(),
            old.shardSha256(),
            old.shardBytes(),
            locations);
    var whole =
        new SegmentRow(
            row.bucket(),
            row.bucketClass(),
            row.key(),
            row.versionId(),
            row.segmentsInVersion(),
            segment,
            row.created());
    return new StoredSegment(whole, files);
  }

  private static List<byte[]> bodies(ManifestDraft draft, byte[] data) {
    var striping = draft.striping();
    var geometry = draft.geometry();
    var bodies = new ArrayList<ByteArrayOutputStream>();
    for (int i = 0; i < geometry.n(); i++) {
      bodies.add(new ByteArrayOutputStream());
    }
    for (int s = 0; s < striping.stripes(); s++) {
      int cell = striping.cellBytes(s);
      var blocks = new byte[geometry.n()][striping.blockBytes(s)];
      for (int i = 0; i < geometry.k(); i++) {
        long from = striping.stripeOffset(s) + (long) i * cell;
        int bytes = striping.dataBytes(s, i);
        if (bytes > 0) {
          System.arraycopy(data, (int) from, blocks[i], Striping.HEAD_BYTES, bytes);
        }
      }
      Codec.of(geometry.k(), geometry.m()).encode(blocks, Striping.HEAD_BYTES, cell);
      for (int i = 0; i < geometry.n(); i++) {
        Block.encodeHead(blocks[i], 0, draft.writeId(), i, geometry.k(), geometry.m(), s, cell);
        bodies.get(i).writeBytes(blocks[i]);
      }
    }
    return bodies.stream().map(ByteArrayOutputStream::toByteArray).toList();
  }

  public Segment segment() {
    return row.segment();
  }

  public String writeId() {
    return segment().writeId();
  }

  /// The name under which shard `index` was written.
  public String name(int index) {
    return name(segment(), segment().locations().get(index));
  }

  public static String name(Segment segment, Location location) {
    return Names.shard(
        WriteId.parse(segment.writeId()), location.index(), WriteId.parse(location.attemptId()));
  }

  public String leaf() {
    return Names.leaf(WriteId.parse(writeId()));
  }
}
