package io.kintsugi.format;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/// The name that a block of bytes gives itself: CID version 1, codec `raw`, multihash SHA-256.
///
/// It is written in base32 (`bafkrei...`), and read in base32, base16 and base58btc.
///
/// @param sha256 of the block: 64 lower-case hexadecimal digits
public record Cid(String sha256) {
  /// Version 1, codec raw, hash sha2-256, of 32 bytes: as variable-length integers a byte each.
  private static final byte[] HEAD = {0x01, 0x55, 0x12, 0x20};

  private static final int HASH_BYTES = 32;
  private static final int CODEC_AT = 1;
  private static final int HASH_AT = 2;
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
  private static final String BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  private static final int BITS_PER_BASE32 = 5;
  private static final int LONGEST_TEXT = 128;

  public Cid {
    if (sha256.length() != 2 * HASH_BYTES || !isLowerHex(sha256)) {
      throw new IllegalArgumentException("not a SHA-256 in lower-case hexadecimal");
    }
  }

  /// The name of these bytes, from where the buffer stands to its limit.
  public static Cid of(ByteBuffer block) {
    try {
      var sum = MessageDigest.getInstance("SHA-256");
      sum.update(block.duplicate());
      return new Cid(HexFormat.of().formatHex(sum.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  /// Reads a name.
  ///
  /// @throws IllegalArgumentException says what it is instead of a name of this kind
  public static Cid parse(String text) {
    var bytes = decode(text);
    if (bytes.length < HASH_AT + 2 || bytes[0] != HEAD[0]) {
      throw new IllegalArgumentException("is no CID of version 1");
    }
    if (bytes[CODEC_AT] != HEAD[CODEC_AT]) {
      throw new IllegalArgumentException("is no CID of raw bytes (codec 0x55)");
    }
    boolean known = Arrays.equals(bytes, 0, HEAD.length, HEAD, 0, HEAD.length);
    if (!known || bytes.length != HEAD.length + HASH_BYTES) {
      throw new IllegalArgumentException("is no CID by SHA-256 (multihash 0x12, 32 bytes)");
    }
    return new Cid(HexFormat.of().formatHex(bytes, HEAD.length, bytes.length));
  }

  private static byte[] decode(String text) {
    if (text.length() < 2 || text.length() > LONGEST_TEXT) {
      throw new IllegalArgumentException(
          "is no CID: a CID looks like bafkrei... and has 59 letters");
    }
    var digits = text.substring(1);
    return switch (text.charAt(0)) {
      case 'b' -> base32(digits);
      case 'B' -> base32(uniform(digits, digits.toUpperCase(Locale.ROOT)));
      case 'f' -> HexFormat.of().parseHex(uniform(digits, digits.toLowerCase(Locale.ROOT)));
      case 'F' -> HexFormat.of().parseHex(uniform(digits, digits.toUpperCase(Locale.ROOT)));
      case 'z' -> base58(digits);
      case 'Q' ->
          throw new IllegalArgumentException(
              "is a CID of version 0, which names a node of a graph and not raw bytes");
      default ->
          throw new IllegalArgumentException(
              "is no CID in base32 (b...), base16 (f...) or base58btc (z...)");
    };
  }

  /// A text must be in one case, for another spelling of a name would be another key.
  private static String uniform(String digits, String expected) {
    if (!digits.equals(expected)) {
      throw new IllegalArgumentException("mixes upper and lower case");
    }
    return digits.toLowerCase(Locale.ROOT);
  }

  private static byte[] base32(String digits) {
    var bytes = new byte[digits.length() * BITS_PER_BASE32 / Byte.SIZE];
    int held = 0;
    int bits = 0;
    int at = 0;
    for (int i = 0; i < digits.length(); i++) {
      held = held << BITS_PER_BASE32 | digit(BASE32, digits.charAt(i));
      bits += BITS_PER_BASE32;
      if (bits >= Byte.SIZE) {
        bits -= Byte.SIZE;
        bytes[at++] = (byte) (held >> bits);
        held &= (1 << bits) - 1;
      }
    }
    if (held != 0 || bits >= BITS_PER_BASE32) {
      throw new IllegalArgumentException("is cut short or too long");
    }
    return bytes;
  }

  private static byte[] base58(String digits) {
    var number = BigInteger.ZERO;
    var base = BigInteger.valueOf(BASE58.length());
    for (int i = 0; i < digits.length(); i++) {
      number = number.multiply(base).add(BigInteger.valueOf(digit(BASE58, digits.charAt(i))));
    }
    // A version is no zero, so there are no leading zeros to keep; a sign byte may be.
    var bytes = number.toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }

  private static int digit(String alphabet, char letter) {
    int digit = alphabet.indexOf(letter);
    if (digit < 0) {
      throw new IllegalArgumentException("has a letter that its base does not have: " + letter);
    }
    return digit;
  }

  private static boolean isLowerHex(String text) {
    return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /// The name in base32, as it is usual: 59 letters.
  public String text() {
    var bytes = Arrays.copyOf(HEAD, HEAD.length + HASH_BYTES);
    System.arraycopy(HexFormat.of().parseHex(sha256), 0, bytes, HEAD.length, HASH_BYTES);
    var text = new StringBuilder("b");
    int held = 0;
    int bits = 0;
    for (byte each : bytes) {
      held = held << Byte.SIZE | (each & 0xff);
      bits += Byte.SIZE;
      while (bits >= BITS_PER_BASE32) {
        bits -= BITS_PER_BASE32;
        text.append(BASE32.charAt(held >> bits & (BASE32.length() - 1)));
      }
      held &= (1 << bits) - 1;
    }
    if (bits > 0) {
      text.append(BASE32.charAt(held << (BITS_PER_BASE32 - bits) & (BASE32.length() - 1)));
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return text();
  }
}
