package io.kintsugi.format;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The running SHA-256 of one shard: its 128 header bytes, then its blocks, never padding and never
/// the footer.
public final class ShardDigest {
  private final MessageDigest sha256 = newSha256();

  public ShardDigest(ShardHeader header) {
    sha256.update(header.encode());
  }

  /// Adds the next block (or blocks): head and payload.
  public void update(byte[] source, int offset, int length) {
    sha256.update(source, offset, length);
  }

  /// Ends the sum: 64 lower-case hexadecimal digits. The digest is then spent.
  public String finish() {
    return HexFormat.of().formatHex(sha256.digest());
  }

  /// SHA-256 of a footer, as the catalog keeps it.
  public static String ofFooter(byte[] footer) {
    return ofFooter(footer, 0, footer.length);
  }

  static String ofFooter(byte[] source, int offset, int length) {
    var sha256 = newSha256();
    sha256.update(source, offset, length);
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
