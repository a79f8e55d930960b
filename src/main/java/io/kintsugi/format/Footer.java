package io.kintsugi.format;

import io.kintsugi.format.ClusterKey.Purpose;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// The end of a shard, byte-identical on all shards of a write: manifest, lengths, key id,
/// checksum, MAC.
public final class Footer {
  /// JSON bytes, blocks, key id, checksum, MAC.
  public static final int TRAILER_BYTES = 4 * Integer.BYTES + ClusterKey.MAC_BYTES;

  /// No footer is longer: it always fits where a block does.
  public static final int MAX_BYTES = Striping.BLOCK_BYTES;

  private Footer() {}

  /// What was found where a footer should be.
  public sealed interface Decoded {
    /// Whole, and written by one who had the key.
    record Ok(Manifest manifest) implements Decoded {}

    record BadChecksum() implements Decoded {}

    record BadMac() implements Decoded {}

    /// Whole by its checksum, but written with a key that is not known here: no damage, and no
    /// evidence of health.
    record UnknownKey(int keyId) implements Decoded {}

    /// Whole and ours, but of a later format: no damage either.
    record UnknownFormat() implements Decoded {}

    record Malformed(String reason) implements Decoded {}
  }

  /// The bytes of the footer, as many as the draft of the manifest said.
  public static byte[] encode(Manifest manifest, ClusterKey key) {
    var json = manifest.toCanonicalJson();
    Text.require(json.length + TRAILER_BYTES <= MAX_BYTES, "the manifest fits in no footer");
    var bytes = new byte[json.length + TRAILER_BYTES];
    var footer = ByteBuffer.wrap(bytes).put(json).putInt(json.length);
    footer.putInt(manifest.draft().striping().stripes()).putInt(key.keyId());
    footer.putInt(checksum(bytes, 0, footer.position()));
    footer.put(key.mac(Purpose.FOOTER, bytes, 0, footer.position()));
    return bytes;
  }

  public static Decoded decode(byte[] footer, KeyRing keys) {
    return decode(footer, 0, footer.length, keys);
  }

  /// Reads a footer of exactly so many bytes. First the checksum, then the key, then the MAC, and
  /// only then the JSON.
  public static Decoded decode(byte[] source, int offset, int length, KeyRing keys) {
    if (length <= TRAILER_BYTES || length > MAX_BYTES) {
      return new Decoded.Malformed("no footer has " + length + " bytes");
    }
    int jsonBytes = length - TRAILER_BYTES;
    var trailer = ByteBuffer.wrap(source, offset + jsonBytes, TRAILER_BYTES).slice();
    if (trailer.getInt(12) != checksum(source, offset, jsonBytes + 12)) {
      return new Decoded.BadChecksum();
    }
    var key = keys.find(trailer.getInt(8));
    if (key == null) {
      return new Decoded.UnknownKey(trailer.getInt(8));
    }
    var mac = Arrays.copyOfRange(source, offset + length - ClusterKey.MAC_BYTES, offset + length);
    int macedBytes = length - ClusterKey.MAC_BYTES;
    if (!MessageDigest.isEqual(key.mac(Purpose.FOOTER, source, offset, macedBytes), mac)) {
      return new Decoded.BadMac();
    }
    if (trailer.getInt(0) != jsonBytes) {
      return new Decoded.Malformed("the manifest has another length");
    }
    return decodeManifest(source, offset, jsonBytes, trailer.getInt(4));
  }

  /// How long the footer is whose last [#TRAILER_BYTES] bytes are these; -1 if no footer ends so.
  public static int lengthByTrailer(byte[] trailer) {
    int jsonBytes = trailer.length == TRAILER_BYTES ? ByteBuffer.wrap(trailer).getInt() : -1;
    return jsonBytes > 0 && jsonBytes <= MAX_BYTES - TRAILER_BYTES ? jsonBytes + TRAILER_BYTES : -1;
  }

  private static Decoded decodeManifest(byte[] source, int offset, int jsonBytes, int blocks) {
    try {
      var manifest = Manifest.read(source, offset, jsonBytes);
      return manifest.draft().striping().stripes() == blocks
          ? new Decoded.Ok(manifest)
          : new Decoded.Malformed("another number of blocks");
    } catch (JsonReader.UnknownFormat e) {
      return new Decoded.UnknownFormat();
    } catch (JsonReader.Malformed e) {
      return new Decoded.Malformed(String.valueOf(e.getMessage()));
    }
  }

  private static int checksum(byte[] source, int offset, int length) {
    var sum = new CRC32C();
    sum.update(source, offset, length);
    return (int) sum.getValue();
  }
}
