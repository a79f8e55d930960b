package io.kintsugi.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The secret of a cluster, 256 bits. It never works itself: each purpose has its own key, derived
/// by HKDF-SHA-256.
public final class ClusterKey {
  public static final int BYTES = 32;
  public static final int MAC_BYTES = 32;

  private static final String MAC_NAME = "HmacSHA256";
  private static final Pattern HEX_KEY = Pattern.compile("[0-9A-Fa-f]{64}");
  private static final String ID_INFO = "kintsugi/id/1";

  private final byte[] secret;
  private final int keyId;
  private final Map<Purpose, SecretKeySpec> derived = new EnumMap<>(Purpose.class);

  /// What a derived key is for; no two purposes share one.
  public enum Purpose {
    FOOTER("kintsugi/footer/1"),
    MARKER("kintsugi/marker/1"),
    JOURNAL("kintsugi/journal/1"),
    WRAP("kintsugi/wrap/1");

    private final String info;

    Purpose(String info) {
      this.info = info;
    }
  }

  private ClusterKey(byte[] secret) {
    this.secret = secret;
    keyId = ByteBuffer.wrap(derive(secret, ID_INFO)).getInt();
    for (var purpose : Purpose.values()) {
      derived.put(purpose, new SecretKeySpec(derive(secret, purpose.info), MAC_NAME));
    }
  }

  /// A new key from a source of randomness that nobody can foresee.
  public static ClusterKey generate(SecureRandom random) {
    var secret = new byte[BYTES];
    random.nextBytes(secret);
    return new ClusterKey(secret);
  }

  /// Reads 64 hexadecimal digits. The message of a refusal does not repeat them.
  public static ClusterKey parse(String hex) {
    Text.require(HEX_KEY.matcher(hex).matches(), "a cluster key is 64 hexadecimal digits");
    return new ClusterKey(HexFormat.of().parseHex(hex));
  }

  /// Names this key without telling it: first 4 bytes of what HKDF gives for `kintsugi/id/1`.
  public int keyId() {
    return keyId;
  }

  /// The secret itself, as the key file and the recovery phrase hold it.
  public String revealHex() {
    return HexFormat.of().formatHex(secret);
  }

  /// HMAC-SHA-256 under the key of a purpose.
  public byte[] mac(Purpose purpose, byte[] source, int offset, int length) {
    try {
      var mac = Mac.getInstance(MAC_NAME);
      mac.init(derived.get(purpose));
      mac.update(source, offset, length);
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + MAC_NAME, e);
    }
  }

  public byte[] mac(Purpose purpose, byte[] source) {
    return mac(purpose, source, 0, source.length);
  }

  /// The key that secrets are wrapped with.
  SecretKeySpec wrappingKey() {
    return new SecretKeySpec(derive(secret, Purpose.WRAP.info), "AES");
  }

  /// Whether a MAC is the right one, in a time that tells nothing.
  public boolean verifies(Purpose purpose, byte[] source, byte[] mac) {
    return MessageDigest.isEqual(mac(purpose, source), mac);
  }

  private static byte[] derive(byte[] secret, String info) {
    try {
      var parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(secret)
              .thenExpand(info.getBytes(StandardCharsets.US_ASCII), MAC_BYTES);
      return KDF.getInstance("HKDF-SHA256").deriveData(parameters);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HKDF-SHA256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClusterKey key
        && keyId == key.keyId
        && MessageDigest.isEqual(secret, key.secret);
  }

  @Override
  public int hashCode() {
    return keyId;
  }

  @Override
  public String toString() {
    return "ClusterKey[" + HexFormat.of().toHexDigits(keyId) + "]";
  }
}
