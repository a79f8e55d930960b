package io.kintsugi.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The REST edge of one node, as JSON trees.
final class Api {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);
  private static final int SUCCESS_FROM = 200;
  private static final int SUCCESS_BELOW = 300;

  private final URI base;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_LIMIT)
          .build();

  Api(String url) {
    this.base = parse(url);
  }

  private static URI parse(String url) {
    try {
      var uri = URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
      if (uri.getHost() == null || uri.getScheme() == null || !uri.getScheme().startsWith("http")) {
        throw new ApiFailure("USAGE", "'" + url + "' is not the URL of a node");
      }
      return uri;
    } catch (IllegalArgumentException e) {
      throw new ApiFailure("USAGE", "'" + url + "' is not the URL of a node", e);
    }
  }

  URI base() {
    return base;
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static JsonNode readTree(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new ApiFailure("NOT_JSON", "not JSON: " + e.getOriginalMessage(), e);
    }
  }

  static String pretty(JsonNode tree) {
    return tree.toPrettyString();
  }

  /// One segment of a path or one value of a query.
  static String escape(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A");
  }

  /// The `data` of the answer.
  JsonNode get(String path) {
    return data(send("GET", path, null, null));
  }

  JsonNode post(String path, @Nullable JsonNode body) {
    return data(send("POST", path, body, null));
  }

  JsonNode patch(String path, JsonNode body) {
    return data(send("PATCH", path, body, null));
  }

  JsonNode delete(String path) {
    return data(send("DELETE", path, null, null));
  }

  JsonNode put(String path, JsonNode body, @Nullable String ifMatch) {
    return data(send("PUT", path, body, ifMatch));
  }

  /// The answer as it came, of paths that do not speak JSON.
  String text(String path) {
    return send("GET", path, null, null);
  }

  private static JsonNode data(String answer) {
    var tree = readTree(answer);
    return tree.has("data") ? tree.get("data") : tree;
  }

  private String send(
      String method, String path, @Nullable JsonNode body, @Nullable String ifMatch) {
    var publisher =
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString());
    var request =
        HttpRequest.newBuilder(URI.create(base + path))
            .method(method, publisher)
            .timeout(ANSWER_LIMIT);
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (ifMatch != null) {
      request.header("If-Match", ifMatch);
    }
    var response = exchange(request.build());
    if (response.statusCode() < SUCCESS_FROM || response.statusCode() >= SUCCESS_BELOW) {
      throw refused(method + " " + path, response);
    }
    return response.body();
  }

  private HttpResponse<String> exchange(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (ConnectException e) {
      throw new ApiFailure(
          "NO_NODE",
          "no node answers at "
              + base
              + "; start one with 'bin/kintsugi dev', or name it with --url or KINTSUGI_URL",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("the node at " + base + " broke off: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiFailure("INTERRUPTED", "interrupted", e);
    }
  }

  private static ApiFailure refused(String what, HttpResponse<String> response) {
    try {
      var tree = JSON.readTree(response.body());
      if (tree != null && tree.hasNonNull("message")) {
        var code = tree.path("code").asText("FAILED");
        return new ApiFailure(code, tree.get("message").asText() + " (" + code + ")");
      }
    } catch (JsonProcessingException e) {
      return new ApiFailure(
          "FAILED", what + " answered " + response.statusCode() + " and no JSON", e);
    }
    return new ApiFailure("FAILED", what + " answered " + response.statusCode());
  }
}
