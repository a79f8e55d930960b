package io.kintsugi.format;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/// Secrets under the cluster key: AES-256-GCM with the key that is derived for wrapping, a fresh
/// nonce each time, and what they are for as associated data, so that none can be put into the
/// place of another. As text: `w1.<key id>.<base64 of nonce and ciphertext>`.
public final class Wrapped {
  private static final String CIPHER = "AES/GCM/NoPadding";
  private static final String START = "w1.";
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int ID_CHARS = 8;
  private static final SecureRandom RANDOM = new SecureRandom();

  private Wrapped() {}

  /// Wraps with the current key.
  public static String wrap(KeyRing keys, String purpose, byte[] plain) {
    var nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    var key = keys.current();
    try {
      var sealed = cipher(Cipher.ENCRYPT_MODE, key, purpose, nonce).doFinal(plain);
      var both = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
      System.arraycopy(sealed, 0, both, NONCE_BYTES, sealed.length);
      return START
          + HexFormat.of().toHexDigits(key.keyId())
          + "."
          + Base64.getEncoder().encodeToString(both);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + CIPHER, e);
    }
  }

  /// Fails with an [IllegalArgumentException] that tells nothing of what is inside.
  public static byte[] unwrap(KeyRing keys, String purpose, String text) {
    int dot = START.length() + ID_CHARS;
    Text.require(
        text.startsWith(START) && text.length() > dot && text.charAt(dot) == '.',
        "not a wrapped secret");
    int keyId = HexFormat.fromHexDigits(text, START.length(), dot);
    var key = keys.find(keyId);
    if (key == null) {
      throw new IllegalArgumentException("wrapped with a key that this node does not have");
    }
    var both = Base64.getDecoder().decode(text.substring(dot + 1));
    Text.require(both.length > NONCE_BYTES, "not a wrapped secret");
    try {
      return cipher(Cipher.DECRYPT_MODE, key, purpose, Arrays.copyOf(both, NONCE_BYTES))
          .doFinal(both, NONCE_BYTES, both.length - NONCE_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("a wrapped secret cannot be opened", e);
    }
  }

  private static Cipher cipher(int mode, ClusterKey key, String purpose, byte[] nonce)
      throws GeneralSecurityException {
    var cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, key.wrappingKey(), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}
