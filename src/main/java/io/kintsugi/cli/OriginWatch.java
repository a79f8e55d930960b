package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Follows an origin until it is empty.
final class OriginWatch {
  private OriginWatch() {}

  /// The last state of a drain; it is paused, called off, or done.
  static JsonNode drained(Kintsugi root, String path) {
    var bar = new ProgressBar(root.json() ? root.err() : root.out(), "drain");
    while (true) {
      var state = root.api().get(path);
      long left = state.path("segments_left").asLong();
      long moved = state.path("moved").asLong();
      var word = state.path("state").asText();
      bar.show(
          left + moved == 0 ? 1 : (double) moved / (left + moved),
          "%s, %d segments and %s left"
              .formatted(word, left, Units.bytes(state.path("bytes_left").asLong())));
      if (!word.equals("running")) {
        bar.end();
        return state;
      }
      Watch.pause();
    }
  }

  /// A credential is never an argument: others can read those.
  static String secret(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new ApiFailure("USAGE", "cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
