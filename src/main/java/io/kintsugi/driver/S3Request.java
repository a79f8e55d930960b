package io.kintsugi.driver;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One question to a server.
///
/// @param key of the object, not encoded; empty for the bucket
/// @param query not encoded
/// @param headers names in lower case
/// @param body what is sent at once; null if nothing is, or if it is sent piece by piece
/// @param payload what the signature says of the body
record S3Request(
    HttpMethod method,
    String key,
    SortedMap<String, String> query,
    SortedMap<String, String> headers,
    @Nullable Buffer body,
    String payload) {
  static final String UNSIGNED = "UNSIGNED-PAYLOAD";
  private static final String NOTHING = sha256Hex(new byte[0]);

  static S3Request of(HttpMethod method, String key) {
    return new S3Request(method, key, new TreeMap<>(), new TreeMap<>(), null, NOTHING);
  }

  S3Request with(String param, String value) {
    var all = new TreeMap<>(query);
    all.put(param, value);
    return new S3Request(method, key, all, headers, body, payload);
  }

  S3Request with(Map<String, String> params) {
    var all = new TreeMap<>(query);
    all.putAll(params);
    return new S3Request(method, key, all, headers, body, payload);
  }

  S3Request header(String name, String value) {
    var all = new TreeMap<>(headers);
    all.put(name, value);
    return new S3Request(method, key, query, all, body, payload);
  }

  /// With a body that is part of the signature.
  S3Request body(byte[] bytes) {
    return new S3Request(method, key, query, headers, Buffer.buffer(bytes), sha256Hex(bytes));
  }

  /// With a body of this length that follows piece by piece.
  S3Request streamed(long lengthBytes) {
    return new S3Request(method, key, query, headers, null, UNSIGNED)
        .header("content-length", Long.toString(lengthBytes));
  }

  /// Whether it can be sent once more without doing anything twice.
  boolean isHarmless() {
    return method.equals(HttpMethod.GET)
        || method.equals(HttpMethod.HEAD)
        || method.equals(HttpMethod.DELETE);
  }

  static byte[] digest(String algorithm, byte[] bytes) {
    return digest(algorithm).digest(bytes);
  }

  static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm, e);
    }
  }

  static String sha256Hex(byte[] bytes) {
    return HexFormat.of().formatHex(digest("SHA-256", bytes));
  }
}
