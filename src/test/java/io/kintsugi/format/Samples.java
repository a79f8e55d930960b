package io.kintsugi.format;

import io.kintsugi.format.ManifestDraft.Attributes;
import io.kintsugi.format.ManifestDraft.Segment;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Whole shards, built from the format's parts the slow and obvious way.
final class Samples {
  static final ClusterKey KEY =
      ClusterKey.parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  static final ClusterKey OTHER_KEY = ClusterKey.parse("f".repeat(64));
  static final KeyRing KEYS = KeyRing.of(KEY);
  static final WriteId WRITE = WriteId.parse("0123456789abcdeffedcba9876543210");
  static final WriteId OTHER_WRITE = WriteId.parse("0123456789abcdeffedcba9876543211");
  static final Instant CREATED = Instant.parse("2026-03-01T12:34:56.789Z");

  private Samples() {}

  /// Bytes without a pattern that a cell or a stripe could repeat.
  static byte[] data(int length) {
    var bytes = new byte[length];
    long state = 0x9E3779B97F4A7C15L;
    for (int i = 0; i < length; i++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      bytes[i] = (byte) (state >>> 56);
    }
    return bytes;
  }

  static ManifestDraft draft(WriteId writeId, Geometry geometry, long size) {
    return new ManifestDraft(
        writeId,
        "photos",
        "2026/Ausflug/Bär \"1\".jpg",
        "00000000000000000000000000000001",
        null,
        Segment.only(size),
        CREATED,
        Attributes.of(
            "image/jpeg",
            Map.of("cache-control", "no-cache"),
            Map.of("owner", "Zoë", "album", "a\tb")),
        geometry);
  }

  /// The files of all shards of an object of one segment.
  static List<byte[]> files(WriteId writeId, Geometry geometry, byte[] data) {
    return files(draft(writeId, geometry, data.length), data, KEY);
  }

  static List<byte[]> files(ManifestDraft draft, byte[] data, ClusterKey key) {
    var bodies = new ArrayList<byte[]>();
    var sums = new ArrayList<String>();
    for (int index = 0; index < draft.geometry().n(); index++) {
      var body = blocks(draft, index, data);
      var digest = new ShardDigest(draft.header(index));
      digest.update(body, 0, body.length);
      bodies.add(body);
      sums.add(digest.finish());
    }
    var footer = Footer.encode(draft.seal(md5(data), null, sums), key);
    var files = new ArrayList<byte[]>();
    for (int index = 0; index < draft.geometry().n(); index++) {
      files.add(concat(draft.header(index).encodeFileHead(), bodies.get(index), footer));
    }
    return files;
  }

  private static byte[] blocks(ManifestDraft draft, int index, byte[] data) {
    var striping = draft.striping();
    var geometry = striping.geometry();
    var out = new ByteArrayOutputStream();
    for (int s = 0; s < striping.stripes(); s++) {
      int cell = striping.cellBytes(s);
      var block = new byte[Striping.HEAD_BYTES + cell];
      for (int i = 0; i < cell; i++) {
        block[Striping.HEAD_BYTES + i] = symbol(striping, index, s, i, data);
      }
      Block.encodeHead(block, 0, draft.writeId(), index, geometry.k(), geometry.m(), s, cell);
      out.writeBytes(block);
    }
    return out.toByteArray();
  }

  private static byte symbol(Striping striping, int index, int stripe, int at, byte[] data) {
    int k = striping.geometry().k();
    if (index < k) {
      return at < striping.dataBytes(stripe, index)
          ? data[(int) striping.stripeOffset(stripe) + index * striping.cellBytes(stripe) + at]
          : 0;
    }
    int sum = 0;
    for (int j = 0; j < k; j++) {
      int factor = k == 1 ? 1 : coefficient(k, index - k, j);
      sum ^= multiply(factor, symbol(striping, j, stripe, at, data) & 0xff);
    }
    return (byte) sum;
  }

  /// Row i, column j of the parity matrix, from its definition.
  static int coefficient(int k, int i, int j) {
    int product = multiply(cauchy(k, i, j), cauchy(k, 0, 0));
    return multiply(product, inverse(multiply(cauchy(k, 0, j), cauchy(k, i, 0))));
  }

  private static int cauchy(int k, int i, int j) {
    return inverse((k + i) ^ j);
  }

  private static int inverse(int a) {
    for (int b = 1; b < 256; b++) {
      if (multiply(a, b) == 1) {
        return b;
      }
    }
    throw new ArithmeticException("no inverse");
  }

  private static int multiply(int a, int b) {
    int product = 0;
    int shifted = a;
    for (int bit = 0; bit < 8; bit++) {
      if ((b >> bit & 1) != 0) {
        product ^= shifted;
      }
      shifted = (shifted << 1) ^ (shifted >= 128 ? 0x11d : 0);
    }
    return product;
  }

  static String md5(byte[] data) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(data));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] concat(byte[]... pieces) {
    var out = new ByteArrayOutputStream();
    for (var piece : pieces) {
      out.writeBytes(piece);
    }
    return out.toByteArray();
  }
}
