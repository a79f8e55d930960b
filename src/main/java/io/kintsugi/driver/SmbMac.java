package io.kintsugi.driver;

import com.hierynomus.security.Mac;
import com.hierynomus.security.SecurityException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// AES-CMAC (RFC 4493), by which each message of an SMB 3 session is signed. The processor's own
/// instructions do it, by way of the JDK's cipher; that of the library is plain Java, and several
/// times as slow as a disk.
final class SmbMac implements Mac {
  private static final int BLOCK = 16;

  /// What the cipher makes of the blocks goes here, and is looked at by nobody.
  private static final int SINK_BYTES = 16 << 10;

  /// Of the field that the keys of the last block are made in.
  private static final int POLYNOMIAL = 0x87;

  private static final int PADDING = 0x80;

  private final Cipher cipher;
  private final byte[] sink = new byte[SINK_BYTES];

  /// The end of what came so far: the last block is treated otherwise, and may come yet.
  private final byte[] last = new byte[BLOCK];

  private int lastBytes;
  private byte[] wholeKey = new byte[BLOCK];
  private byte[] partKey = new byte[BLOCK];

  SmbMac() throws SecurityException {
    try {
      cipher = Cipher.getInstance("AES/CBC/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new SecurityException(e);
    }
  }

  @Override
  public void init(byte[] key) throws SecurityException {
    try {
      var zeros = new byte[BLOCK];
      cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(zeros));
      wholeKey = doubled(cipher.doFinal(zeros));
      partKey = doubled(wholeKey);
      lastBytes = 0;
    } catch (GeneralSecurityException e) {
      throw new SecurityException(e);
    }
  }

  private static byte[] doubled(byte[] value) {
    var result = new byte[BLOCK];
    int carry = 0;
    for (int i = BLOCK - 1; i >= 0; i--) {
      int shifted = (value[i] & 0xFF) << 1 | carry;
      result[i] = (byte) shifted;
      carry = shifted >> 8;
    }
    if (carry != 0) {
      result[BLOCK - 1] ^= (byte) POLYNOMIAL;
    }
    return result;
  }

  @Override
  public void update(byte b) {
    update(new byte[] {b}, 0, 1);
  }

  @Override
  public void update(byte[] array) {
    update(array, 0, array.length);
  }

  @Override
  public void update(byte[] array, int offset, int length) {
    int taken = Math.min(BLOCK - lastBytes, length);
    System.arraycopy(array, offset, last, lastBytes, taken);
    lastBytes += taken;
    int left = length - taken;
    if (left == 0) {
      return;
    }
    chain(last, 0, BLOCK);
    // At least one byte stays for the last block.
    int whole = (left - 1) / BLOCK * BLOCK;
    chain(array, offset + taken, whole);
    lastBytes = left - whole;
    System.arraycopy(array, offset + taken + whole, last, 0, lastBytes);
  }

  private void chain(byte[] array, int offset, int length) {
    try {
      for (int at = 0; at < length; at += SINK_BYTES) {
        cipher.update(array, offset + at, Math.min(SINK_BYTES, length - at), sink, 0);
      }
    } catch (ShortBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public byte[] doFinal() {
    var key = wholeKey;
    if (lastBytes < BLOCK) {
      key = partKey;
      last[lastBytes] = (byte) PADDING;
      Arrays.fill(last, lastBytes + 1, BLOCK, (byte) 0);
    }
    for (int i = 0; i < BLOCK; i++) {
      last[i] ^= key[i];
    }
    lastBytes = 0;
    try {
      // The cipher is then as it was at first.
      return cipher.doFinal(last);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void reset() {
    try {
      cipher.doFinal();
      lastBytes = 0;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
