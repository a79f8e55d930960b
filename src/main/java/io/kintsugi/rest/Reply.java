package io.kintsugi.rest;

import io.kintsugi.kernel.BlobSource;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a call is answered with.
sealed interface Reply {
  int OK = 200;
  int CREATED = 201;
  int UNAVAILABLE = 503;

  int status();

  /// Goes into the envelope.
  record Data(int status, JsonObject data, Map<String, String> headers) implements Reply {
    public Data {
      headers = Map.copyOf(headers);
    }
  }

  /// A body as it is.
  record Bare(int status, JsonObject body) implements Reply {}

  /// Anything but JSON.
  record Text(int status, String contentType, String text) implements Reply {}

  /// Bytes as they are; null where only their headers are wanted.
  record Bytes(int status, @Nullable Buffer bytes, Map<String, String> headers) implements Reply {
    public Bytes {
      headers = Map.copyOf(headers);
    }
  }

  /// Bytes as they come. `Content-Length` stands in the headers.
  record Stream(int status, BlobSource bytes, Map<String, String> headers) implements Reply {
    public Stream {
      headers = Map.copyOf(headers);
    }
  }

  static Reply data(JsonObject data) {
    return new Data(OK, data, Map.of());
  }

  static Reply text(String contentType, String text) {
    return new Text(OK, contentType, text);
  }
}
