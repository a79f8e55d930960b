package io.kintsugi.format;

import io.kintsugi.format.ClusterKey.Purpose;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;

/// What an origin bears in its root so that it can be recognised: whose it is, which one, and which
/// life of it.
///
/// The incarnation is 8 random bytes as 16 hexadecimal digits, new each time an origin starts
/// blank.
public record Marker(
    String clusterId, String originId, String incarnation, int format, Instant created) {
  public static final String FILE_NAME = "kintsugi-origin.json";
  public static final int FORMAT = 1;
  public static final int MAX_BYTES = 4096;

  private static final int INCARNATION_CHARS = 16;
  private static final int MAX_ID_BYTES = 255;

  /// What was found where a marker should be.
  public sealed interface Decoded {
    /// Written by our cluster. Whether it is the right origin and incarnation, the caller's row
    /// knows.
    record Ours(Marker marker) implements Decoded {}

    /// Whole, but of another cluster (nothing proves what it says).
    record Foreign(Marker marker) implements Decoded {}

    /// It bears our cluster's id, but our key does not verify it: the key is wrong, or the marker
    /// forged.
    record WrongKey(Marker marker) implements Decoded {}

    record Unreadable(String reason) implements Decoded {}
  }

  public Marker {
    Text.require(isId(clusterId) && isId(originId), "an id has 1 to 255 bytes");
    Text.require(
        Text.isLowerHex(incarnation, INCARNATION_CHARS),
        "an incarnation has 16 hexadecimal digits");
    Text.require(format == FORMAT, "an unknown format of markers");
    created = created.truncatedTo(ChronoUnit.MILLIS);
  }

  /// The bytes of the marker's file.
  public byte[] encode(ClusterKey key) {
    var mac = key.mac(Purpose.MARKER, json(key.keyId()).finish());
    return json(key.keyId()).text("mac", HexFormat.of().formatHex(mac)).finish();
  }

  /// Reads a marker's file on behalf of a cluster.
  public static Decoded decode(byte[] source, String ourClusterId, KeyRing keys) {
    if (source.length > MAX_BYTES) {
      return new Decoded.Unreadable("a marker has at most " + MAX_BYTES + " bytes");
    }
    try {
      return read(source, ourClusterId, keys);
    } catch (JsonReader.Malformed | IllegalArgumentException | DateTimeException e) {
      return new Decoded.Unreadable(String.valueOf(e.getMessage()));
    }
  }

  private static Decoded read(byte[] source, String ourClusterId, KeyRing keys)
      throws JsonReader.Malformed {
    var json = new JsonReader(source, 0, source.length);
    if (json.number("format") != FORMAT) {
      throw json.malformed("an unknown format");
    }
    var marker =
        new Marker(
            json.text("cluster_id"),
            json.text("origin_id"),
            json.text("incarnation"),
            FORMAT,
            Manifest.readInstant(json.text("created")));
    int keyId = HexFormat.fromHexDigits(json.text("key_id"));
    String mac = json.text("mac");
    json.finish();
    Text.require(Text.isLowerHex(mac, 2 * ClusterKey.MAC_BYTES), "a MAC has 64 hexadecimal digits");
    var signed = marker.json(keyId).finish();
    if (!Arrays.equals(marker.json(keyId).text("mac", mac).finish(), source)) {
      throw json.malformed("not canonical");
    }
    if (!marker.clusterId.equals(ourClusterId)) {
      return new Decoded.Foreign(marker);
    }
    var key = keys.find(keyId);
    boolean verified =
        key != null && key.verifies(Purpose.MARKER, signed, HexFormat.of().parseHex(mac));
    return verified ? new Decoded.Ours(marker) : new Decoded.WrongKey(marker);
  }

  private JsonWriter json(int keyId) {
    return new JsonWriter()
        .number("format", format)
        .text("cluster_id", clusterId)
        .text("origin_id", originId)
        .text("incarnation", incarnation)
        .text("created", Manifest.writeInstant(created))
        .text("key_id", HexFormat.of().toHexDigits(keyId));
  }

  private static boolean isId(String text) {
    return !text.isEmpty() && Text.isUnicode(text) && Text.utf8Bytes(text) <= MAX_ID_BYTES;
  }
}
