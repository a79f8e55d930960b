package io.kintsugi.web;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Map;

/// The body of a request as one JSON object, read strictly: no field twice, nothing behind it.
public final class JsonBody {
  /// No request of this API is near it.
  public static final long LIMIT_BYTES = 1 << 20;

  private static final int DEPTH_MAX = 32;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private JsonBody() {}

  /// An empty body is an empty object.
  public static ObjectNode parse(Buffer body) {
    if (body.length() == 0) {
      return MAPPER.createObjectNode();
    }
    JsonNode tree;
    try {
      tree = MAPPER.readTree(body.getBytes());
    } catch (JsonProcessingException e) {
      throw unreadable(e);
    } catch (IOException e) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "the body is not JSON in UTF-8");
    }
    if (tree instanceof ObjectNode object) {
      return object;
    }
    throw Failure.of(
        FailureCode.INVALID_REQUEST,
        "the body must be a JSON object in { }, not " + Fields.kind(tree));
  }

  private static Failure unreadable(JsonProcessingException e) {
    // Behind the bracket the parser speaks of itself.
    var what =
        e.getOriginalMessage().replaceAll("(?s) \\((start marker|code |for Object|for root).*", "");
    var at = e.getLocation();
    if (at == null || at.getLineNr() < 1) {
      return Failure.of(FailureCode.INVALID_REQUEST, "the body is not JSON: " + what);
    }
    return new Failure(
        FailureCode.INVALID_REQUEST,
        "the body is not JSON at line %d, column %d: %s"
            .formatted(at.getLineNr(), at.getColumnNr(), what),
        Map.of(
            "line",
            Integer.toString(at.getLineNr()),
            "column",
            Integer.toString(at.getColumnNr())));
  }
}
