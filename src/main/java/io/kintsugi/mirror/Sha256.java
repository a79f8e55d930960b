package io.kintsugi.mirror;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The hash that tells chunks apart.
final class Sha256 {
  private Sha256() {}

  static MessageDigest fresh() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
