package io.kintsugi.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonValue;
import java.security.MessageDigest;

/// A password or a key. Only who asks for it by name sees it: neither its text, nor its JSON, nor
/// its hash code, nor the time that a comparison takes tell anything of it.
public final class Secret {
  private static final String HIDDEN = "***";

  private final String value;

  public Secret(String value) {
    this.value = value;
  }

  public String reveal() {
    return value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret
        && MessageDigest.isEqual(value.getBytes(UTF_8), secret.value.getBytes(UTF_8));
  }

  @Override
  public int hashCode() {
    return 0;
  }

  @JsonValue
  @Override
  public String toString() {
    return HIDDEN;
  }
}
