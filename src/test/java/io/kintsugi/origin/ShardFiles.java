package io.kintsugi.origin;

import io.kintsugi.contract.OriginContract.ShardRecord;
import io.kintsugi.format.Block;
import io.kintsugi.format.ClusterKey;
import io.kintsugi.format.Footer;
import io.kintsugi.format.Geometry;
import io.kintsugi.format.ManifestDraft;
import io.kintsugi.format.Names.ShardName;
import io.kintsugi.format.PackRecord;
import io.kintsugi.format.ShardDigest;
import io.kintsugi.format.ShardHeader;
import io.kintsugi.format.Striping;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Payload;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Shards as bytes. What they code does not matter to an origin, so the payloads are noise.
record ShardFiles(WriteId writeId, List<byte[]> files) {
  static final ClusterKey KEY = ClusterKey.parse("ab".repeat(32));
  static final ClusterKey OTHER_KEY = ClusterKey.parse("cd".repeat(32));
  static final Geometry GEOMETRY = new Geometry(2, 1);

  /// Two full stripes and a short one.
  static final long SEGMENT_BYTES = 2L * 2 * Striping.PAYLOAD_BYTES + 1001;

  private static final WriteId ATTEMPT = new WriteId(0x77, 1);

  static WriteId writeId(long counter) {
    return new WriteId(0x0123456789abcdefL, counter);
  }

  static ShardFiles of(WriteId writeId) {
    return of(writeId, KEY);
  }

  static ShardFiles of(WriteId writeId, ClusterKey key) {
    return of(writeId, key, GEOMETRY, SEGMENT_BYTES);
  }

  static ShardFiles of(WriteId writeId, Geometry geometry, long segmentBytes) {
    return of(writeId, KEY, geometry, segmentBytes);
  }

  static ShardFiles of(WriteId writeId, ClusterKey key, Geometry geometry, long segmentBytes) {
    var draft =
        new ManifestDraft(
            writeId,
            "photos",
            "a.jpg",
            "v1",
            null,
            ManifestDraft.Segment.only(segmentBytes),
            Instant.parse("2026-03-01T12:34:56.789Z"),
            ManifestDraft.Attributes.NONE,
            geometry);
    var bodies = new ArrayList<byte[]>();
    var sums = new ArrayList<String>();
    for (int index = 0; index < geometry.n(); index++) {
      var body = blocks(draft, index);
      var digest = new ShardDigest(draft.header(index));
      digest.update(body, 0, body.length);
      bodies.add(body);
      sums.add(digest.finish());
    }
    var footer = Footer.encode(draft.seal("d41d8cd98f00b204e9800998ecf8427e", null, sums), key);
    var files = new ArrayList<byte[]>();
    for (int index = 0; index < geometry.n(); index++) {
      var file = new ByteArrayOutputStream();
      file.writeBytes(draft.header(index).encodeFileHead());
      file.writeBytes(bodies.get(index));
      file.writeBytes(footer);
      files.add(file.toByteArray());
    }
    return new ShardFiles(writeId, List.copyOf(files));
  }

  private static byte[] blocks(ManifestDraft draft, int index) {
    var random = new Random(draft.writeId().counter() * 31 + index);
    var out = new ByteArrayOutputStream();
    for (int block = 0; block < draft.striping().stripes(); block++) {
      var bytes = new byte[draft.striping().blockBytes(block)];
      random.nextBytes(bytes);
      int payload = bytes.length - Striping.HEAD_BYTES;
      var geometry = draft.geometry();
      Block.encodeHead(
          bytes, 0, draft.writeId(), index, geometry.k(), geometry.m(), block, payload);
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  static int blockOffset(int block) {
    return Striping.FILE_HEADER_BYTES + block * Striping.BLOCK_BYTES;
  }

  static long footerOffset() {
    return new Striping(GEOMETRY, SEGMENT_BYTES).footerOffset();
  }

  byte[] file(int index) {
    return files.get(index).clone();
  }

  /// The shard as it lies in a pack.
  byte[] packed(int index) {
    var file = files.get(index);
    var record = new byte[file.length - PackRecord.GAP_BYTES];
    System.arraycopy(file, 0, record, 0, ShardHeader.BYTES);
    int rest = record.length - ShardHeader.BYTES;
    System.arraycopy(file, Striping.FILE_HEADER_BYTES, record, ShardHeader.BYTES, rest);
    return record;
  }

  ShardRecord record(int index) {
    return new ShardRecord(name(index).path(), Payload.of(packed(index)));
  }

  /// Of its footer, as the catalog has it.
  String footerSha256(int index) {
    var file = files.get(index);
    var header = ((ShardHeader.Decoded.Ok) ShardHeader.decode(file, 0)).header();
    return ShardDigest.ofFooter(
        Arrays.copyOfRange(file, file.length - header.footerBytes(), file.length));
  }

  ShardName name(int index) {
    return new ShardName(writeId, index, ATTEMPT);
  }
}
