package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.Set;

/// Looks at a task again and again until it has ended.
final class Watch {
  private static final long PAUSE_MILLIS = 500;
  private static final Set<String> SCAN_ENDS = Set.of("Completed", "Cancelled", "Failed");
  private static final Set<String> HEAL_ENDS =
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

  /// The last state of a scan.
  static JsonNode scan(Api api, PrintStream out, String id, String label) {
    var bar = new ProgressBar(out, label);
    while (true) {
      var state = api.get("/admin/scan/" + Api.escape(id) + "/status");
      var progress = state.path("progress");
      bar.show(
          progress.path("completion_percentage").asDouble() / 100,
          "%s, %d objects, %s, %d issues"
              .formatted(
                  state.path("status").asText(),
                  progress.path("objects_scanned").asLong(),
                  Units.bytes(progress.path("bytes_scanned").asLong()),
                  progress.path("issues_detected").asLong()));
      if (SCAN_ENDS.contains(state.path("status").asText())) {
        bar.end();
        return state;
      }
      pause();
    }
  }

  /// The last state of a heal request.
  static JsonNode heal(Api api, PrintStream out, String id) {
    var bar = new ProgressBar(out, id);
    while (true) {
      var state = api.get("/admin/heal/" + Api.escape(id) + "/status");
      var status = state.path("status").asText();
      show(bar, status);
      if (HEAL_ENDS.contains(status)) {
        bar.end();
        return state;
      }
      pause();
    }
  }

  private static void show(ProgressBar bar, String status) {
    double done =
        switch (status) {
          case "Queued" -> 0;
          case "Running" -> 0.5;
          default -> 1;
        };
    bar.show(done, status);
  }
}
