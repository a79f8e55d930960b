package io.kintsugi.rest;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;

/// What needs no other part of the node: the description of the API and the front page.
final class Pages {
  private static final String OPENAPI = "openapi/openapi.json";

  private final JsonObject openapi;
  private final String version;

  private Pages(JsonObject openapi, String version) {
    this.openapi = openapi;
    this.version = version;
  }

  /// Reads the description once, when the edge starts.
  static Future<Pages> load(Vertx vertx, String version) {
    return vertx
        .fileSystem()
        .readFile(OPENAPI)
        .map(text -> new Pages(new JsonObject(text), version));
  }

  List<Route> routes() {
    return List.of(
        Route.get("/", this::front),
        Route.get(
            "/openapi.json",
            asked -> {
              asked.nothing();
              return Future.succeededFuture(new Reply.Bare(Reply.OK, openapi));
            }));
  }

  private Future<Reply> front(Asked asked) {
    asked.nothing();
    var page =
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>Kintsugi</title>
        <h1>Kintsugi %s</h1>
        <p>Self-healing object storage. This port serves its REST interface.</p>
        <ul>
        <li><a href="/status/health">how it is</a></li>
        <li><a href="/api/v1/standing">how safe each bucket is</a></li>
        <li><a href="/api/v1/origins">origins</a></li>
        <li><a href="/admin/scan">scans</a> and <a href="/admin/heal">heals</a></li>
        <li><a href="/metrics/prometheus">metrics</a></li>
        <li><a href="/openapi.json">the whole interface</a></li>
        </ul>
        </html>
        """
            .formatted(version);
    return Future.succeededFuture(Reply.text("text/html; charset=utf-8", page));
  }
}
