package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// Takes origins of a node away and brings them back, and tells what its catalog makes of it.
final class Away {
  static final Duration LIMIT = Duration.ofSeconds(60);

  private final RunningNode node;

  Away(RunningNode node) {
    this.node = node;
  }

  Path place(String origin) {
    return node.data().resolve("origins").resolve(origin);
  }

  void takeAway(String origin) throws Exception {
    Files.move(place(origin), node.data().resolve(origin + ".away"));
    node.rest().post("/api/v1/origins/" + origin + "/check", "");
  }

  void bringBack(String origin) throws Exception {
    if (Files.exists(place(origin))) {
      throw new AssertionError(origin + " was made anew");
    }
    Files.move(node.data().resolve(origin + ".away"), place(origin));
    node.rest().post("/api/v1/origins/" + origin + "/check", "");
  }

  long count(String query) throws Exception {
    return Long.parseLong(new CatalogRows(node.data()).read(query).getFirst());
  }

  void awaitZero(String query) {
    await(query)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(count(query)).isZero());
  }

  String state(String origin) throws Exception {
    for (var away : node.rest().get("/api/v1/absences").path("origins")) {
      if (away.path("id").asText().equals(origin)) {
        return away.path("state").asText();
      }
    }
    return "here";
  }

  void awaitState(String origin, String state) {
    await(origin + " " + state)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertThat(state(origin)).isEqualTo(state));
  }
}
