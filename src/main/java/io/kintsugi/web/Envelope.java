package io.kintsugi.web;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// The form of a successful answer.
public final class Envelope {
  private Envelope() {}

  public static JsonObject success(JsonObject data, Instant now) {
    return new JsonObject().put("success", true).put("data", data).put("timestamp", time(now));
  }

  /// A point in time, to the second, as in `2024-01-15T10:30:00Z`.
  public static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  public static @Nullable String timeOrNull(@Nullable Instant instant) {
    return instant == null ? null : time(instant);
  }
}
