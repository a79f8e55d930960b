package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.Set;

/// Looks at a task again and again until it has ended.
final class Watch {
  private static final long PAUSE_MILLIS = 500;
  private static final Set<String> ENDS =
      Set.of("Completed", "Cancelled", "Failed", "Unrecoverable");

  private Watch() {}

  static void pause() {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiFailure("INTERRUPTED", "interrupted", e);
    }
  }

  /// The last state of a scan or heal.
  static JsonNode task(Api api, PrintStream out, String kind, String id, String label) {
    var bar = new ProgressBar(out, label);
    while (true) {
      var state = api.get("/admin/" + kind + "/" + Api.escape(id) + "/status");
      show(bar, state);
      if (ENDS.contains(state.path("status").asText())) {
        bar.end();
        return state;
      }
      pause();
    }
  }

  private static void show(ProgressBar bar, JsonNode state) {
    var status = state.path("status").asText();
    var progress = state.path("progress");
    if (progress.isObject()) {
      bar.show(
          progress.path("completion_percentage").asDouble() / 100,
          "%s, %d objects, %s, %d issues"
              .formatted(
                  status,
                  progress.path("objects_scanned").asLong(),
                  Units.bytes(progress.path("bytes_scanned").asLong()),
                  progress.path("issues_detected").asLong()));
      return;
    }
    double done =
        switch (status) {
          case "Queued" -> 0;
          case "Running" -> 0.5;
          default -> 1;
        };
    bar.show(done, status);
  }
}
