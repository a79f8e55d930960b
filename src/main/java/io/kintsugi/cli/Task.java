package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;

/// One kind of task of a node: how it is followed, shown and steered.
///
/// @param kind as the paths of the node name it
/// @param people shows a task to people
/// @param verdict the exit code of a task that has ended
record Task(
    Kintsugi root,
    String kind,
    BiConsumer<PrintStream, JsonNode> people,
    ToIntFunction<JsonNode> verdict) {
  /// What is said of a task that was just begun.
  int begun(String id, JsonNode answer, boolean watch, Runnable said) {
    return watch ? follow(id) : root.answer(answer, said);
  }

  int status(String id, boolean watch) {
    if (watch) {
      return follow(id);
    }
    var data = root.api().get("/admin/" + kind + "/" + Api.escape(id) + "/status");
    return root.answer(data, () -> people.accept(root.out(), data));
  }

  int steer(String id, String verb) {
    var data = root.api().post("/admin/" + kind + "/" + Api.escape(id) + "/" + verb, null);
    return root.answer(data, () -> root.out().printf("%s %s%n", id, data.path("status").asText()));
  }

  private int follow(String id) {
    var progressTo = root.json() ? root.err() : root.out();
    var data = Watch.task(root.api(), progressTo, kind, id, id);
    root.answer(data, () -> people.accept(root.out(), data));
    return verdict.applyAsInt(data);
  }
}
