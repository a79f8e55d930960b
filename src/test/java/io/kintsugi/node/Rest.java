package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The REST edge of a running node, as a test asks it.
final class Rest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// What a killed node had claimed is taken up at once.
  private static final Duration HEAL_LIMIT = LIMIT;

  private static final Set<String> SCAN_ENDS = Set.of("Completed", "Cancelled", "Failed");
  private static final Set<String> HEAL_ENDS =
      Set.of("Completed", "Cancelled", "Failed", "Unrecoverable");

  private final String url;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Rest(String url) {
    this.url = url;
  }

  JsonNode get(String path) throws Exception {
    return send("GET", path, "");
  }

  JsonNode post(String path, String body) throws Exception {
    return send("POST", path, body);
  }

  JsonNode put(String path, String body) throws Exception {
    return send("PUT", path, body);
  }

  JsonNode delete(String path) throws Exception {
    return send("DELETE", path, "");
  }

  JsonNode patch(String path, String body) throws Exception {
    return send("PATCH", path, body);
  }

  /// The body of a refusal.
  String refused(String method, String path, int status) throws Exception {
    return refused(method, path, "", status);
  }

  String refused(String method, String path, String body, int status) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(url + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .timeout(LIMIT)
            .build();
    var response = http.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    return response.body();
  }

  /// The `data` of a success.
  private JsonNode send(String method, String path, String body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(url + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .timeout(LIMIT)
            .build();
    var response = http.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode())
        .as("%s %s answers %s", method, path, response.body())
        .isBetween(200, 299);
    var tree = JSON.readTree(response.body());
    assertThat(tree.path("success").asBoolean()).isTrue();
    assertThat(tree.hasNonNull("timestamp")).isTrue();
    return tree.get("data");
  }

  String text(String path) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(LIMIT).build();
    var response = http.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return response.body();
  }

  String startScan(String mode) throws Exception {
    var body = "{\"strategy\":{\"type\":\"Full\",\"mode\":\"" + mode + "\"}}";
    return post("/admin/scan/start", body).get("scan_id").asText();
  }

  JsonNode scan(String id) throws Exception {
    return get("/admin/scan/" + id + "/status");
  }

  JsonNode awaitScan(String id) {
    return await("the end of " + id)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> scan(id), state -> SCAN_ENDS.contains(state.path("status").asText()));
  }

  JsonNode awaitHeal(String id) {
    return await("the end of " + id)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> get("/admin/heal/" + id + "/status"),
            state -> HEAL_ENDS.contains(state.path("status").asText()));
  }

  /// Scans every byte once all heals that are due have ended; what is wrong then.
  List<String> wrong() throws Exception {
    awaitWhole();
    var state = awaitScan(startScan("Deep"));
    assertThat(state.path("status").asText()).isEqualTo("Completed");
    var issues = new ArrayList<String>();
    state.path("issues").forEach(issue -> issues.add(issue.toString()));
    return issues;
  }

  /// Waits until no object lacks a shard that its layout gives it.
  void awaitWhole() {
    awaitWhole(HEAL_LIMIT);
  }

  void awaitWhole(Duration limit) {
    await("all objects whole")
        .atMost(limit)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .untilAsserted(() -> {
          for (var bucket : get("/api/v1/standing").path("buckets")) {
            int parity = bucket.at("/layout/m").asInt();
            for (var spare : bucket.path("objects_by_spare").properties()) {
              assertThat(Integer.parseInt(spare.getKey()))
                  .as(bucket.toString())
                  .isGreaterThanOrEqualTo(parity);
            }
          }
        });
  }
}
