package io.kintsugi.kernel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.json.jackson.VertxModule;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Records to JSON and back, as they cross the bus: fields a reader does not know are ignored,
/// absent numbers are refused rather than read as zero.
public final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new VertxModule())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  private Json() {}

  public static byte[] encode(Record value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass(), e);
    }
  }

  public static String text(Record value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass(), e);
    }
  }

  public static <T> T decode(byte[] json, Class<T> type) {
    try {
      return something(MAPPER.readValue(json, type), type);
    } catch (IOException e) {
      throw unreadable(e, type);
    }
  }

  public static <T> T decode(String json, Class<T> type) {
    try {
      return something(MAPPER.readValue(json, type), type);
    } catch (JsonProcessingException e) {
      throw unreadable(e, type);
    }
  }

  private static <T> T something(@Nullable T value, Class<T> type) {
    if (value == null) {
      throw new IllegalArgumentException("not a " + type.getSimpleName() + ": null");
    }
    return value;
  }

  private static IllegalArgumentException unreadable(IOException cause, Class<?> type) {
    return new IllegalArgumentException(
        "not a " + type.getSimpleName() + ": " + cause.getMessage(), cause);
  }

  /// A record as a tree, for edges that rename or leave out fields.
  public static JsonNode tree(Record value) {
    return MAPPER.valueToTree(value);
  }
}
