package io.kintsugi.kernel;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A few bytes inside a message; on the wire, base64. Longer ones travel as streams.
public final class Payload {
  private final byte[] bytes;

  private Payload(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Takes the array over: nobody changes it from now on.
  @JsonCreator
  public static Payload of(byte[] bytes) {
    return new Payload(bytes);
  }

  public int sizeBytes() {
    return bytes.length;
  }

  /// To read from; a fresh view every time.
  public ByteBuffer view() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  @JsonValue
  byte[] json() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Payload payload && Arrays.equals(bytes, payload.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return bytes.length + " bytes";
  }
}
