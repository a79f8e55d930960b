package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What callers are told when something is wrong: stable codes, and words that help (F4).
class RestErrorsTest extends RestHouse {
  static Stream<Arguments> provoked() {
    return Stream.of(
        at("GET", "/api/v1/buckets/b", FailureCode.NOT_FOUND, 404, "NOT_FOUND"),
        at("DELETE", "/api/v1/buckets/b", FailureCode.CONFLICT, 409, "CONFLICT"),
        at("PUT", "/admin/policy/scan", FailureCode.PRECONDITION_FAILED, 412, "CONFLICT"),
        at("POST", "/admin/heal/request", FailureCode.QUEUE_FULL, 429, "QUEUE_FULL"),
        at("POST", "/admin/scan/start", FailureCode.UNAVAILABLE, 503, "UNAVAILABLE"),
        at("POST", "/admin/scan/start", FailureCode.TIMEOUT, 503, "UNAVAILABLE"),
        at("POST", "/admin/scan/start", FailureCode.CANCELLED, 503, "UNAVAILABLE"),
        at("GET", "/api/v1/buckets/b", FailureCode.STORAGE_ERROR, 507, "STORAGE_ERROR"),
        at("GET", "/api/v1/buckets/b", FailureCode.CORRUPT, 500, "CORRUPT"),
        at("GET", "/api/v1/buckets/b", FailureCode.INTERNAL_ERROR, 500, "INTERNAL_ERROR"),
        at("GET", "/api/v1/buckets/b", FailureCode.INVALID_RANGE, 400, "INVALID_REQUEST"),
        at("POST", "/admin/scan/start", FailureCode.INVALID_REQUEST, 400, "INVALID_REQUEST"),
        at("GET", "/metrics/system", FailureCode.VALIDATION_ERROR, 400, "VALIDATION_ERROR"),
        at("GET", "/api/v1/buckets/b", FailureCode.AUTH_ERROR, 401, "AUTH_ERROR"),
        at("GET", "/api/v1/buckets/b", FailureCode.FORBIDDEN, 403, "FORBIDDEN"),
        at(
            "GET",
            "/api/v1/buckets/b",
            FailureCode.RATE_LIMIT_EXCEEDED,
            429,
            "RATE_LIMIT_EXCEEDED"));
  }

  private static Arguments at(
      String method, String path, FailureCode failure, int status, String code) {
    return arguments(method, path, failure, status, code);
  }

  private static final Map<String, Call<?, ?>> BEHIND =
      Map.of(
          "GET /api/v1/buckets/b", CatalogContract.GET_BUCKET,
          "DELETE /api/v1/buckets/b", CatalogContract.DELETE_BUCKET,
          "PUT /admin/policy/scan", PolicyContract.CHANGE_SCAN_POLICY,
          "POST /admin/heal/request", HealContract.REQUEST_HEAL,
          "POST /admin/scan/start", ScanContract.START_SCAN,
          "GET /metrics/system", MetricsContract.QUERY_METRICS);

  @ParameterizedTest
  @MethodSource("provoked")
  @DisplayName("every settled code, as a neighbour fails with it")
  void everyCodeOfANeighbour(
      String method, String path, FailureCode failure, int status, String code) {
    var call = Objects.requireNonNull(BEHIND.get(method + " " + path));
    neighbours.fail(call, Failure.of(failure, "as it was said", "what", "thing"));
    var answer = client.call(method, path, BODIES.get(method + " " + path));
    refused(answer, status, code);
  }

  private void refused(Client.Answer answer, int status, String code) {
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(status);
    described.holds("GET", "/livez", 599, answer.json());
    assertThat(answer.json().getString("code")).isEqualTo(code);
    assertThat(answer.json().getString("message"))
        .isNotBlank()
        .doesNotContain("Exception", ".java");
    assertThat(answer.header("X-Request-Id")).matches("[0-9a-f]{16}");
  }

  static Stream<Arguments> badRequests() {
    var scan = "/admin/scan/start";
    return Stream.of(
        bad("POST", scan, "{\"strategy\":", 400, "INVALID_REQUEST", "line 1, column"),
        bad("POST", scan, "[]", 400, "INVALID_REQUEST", "JSON object"),
        bad("POST", scan, "{}", 400, "INVALID_REQUEST", "strategy is missing"),
        bad("POST", scan, "{\"strategy\":{}}", 400, "INVALID_REQUEST", "strategy.type is missing"),
        bad(
            "POST",
            scan,
            "{\"strategy\":{\"type\":\"Half\"}}",
            400,
            "INVALID_REQUEST",
            "Full, Incremental, Smart, Targeted, not 'Half'"),
        bad(
            "POST",
            scan,
            "{\"strategy\":{\"type\":\"Full\",\"depth\":1}}",
            400,
            "INVALID_REQUEST",
            "strategy.depth is not known; known here: type, mode, scope"),
        bad(
            "POST",
            scan,
            "{\"strategy\":{\"type\":\"Full\",\"scope\":{\"max_objects\":-5}}}",
            400,
            "INVALID_REQUEST",
            "not -5"),
        bad(
            "POST",
            scan,
            "{\"strategy\":{\"type\":\"Full\"},\"strategy\":{}}",
            400,
            "INVALID_REQUEST",
            "Duplicate field"),
        bad(
            "POST",
            "/admin/heal/request",
            "{\"object\":\"o\",\"max_retries\":-1}",
            400,
            "VALIDATION_ERROR",
            "bucket is missing"),
        bad(
            "PUT",
            "/admin/policy/heal",
            "{\"emergency_heal_timeout\":\"soon\"}",
            400,
            "INVALID_REQUEST",
            "2h30m"),
        bad(
            "PUT",
            "/api/v1/buckets/b",
            "{\"layout\":{\"k\":17,\"m\":2}}",
            400,
            "INVALID_REQUEST",
            "layout.k must be from 1 to 16"),
        bad(
            "PUT",
            "/api/v1/buckets/b",
            "{\"layout\":{\"k\":2}}",
            400,
            "INVALID_REQUEST",
            "layout.m"),
        bad(
            "PUT",
            "/admin/logging",
            "{\"levels\":{\"a\":\"loud\"}}",
            400,
            "INVALID_REQUEST",
            "debug"),
        bad("POST", "/admin/scan/scan-1/pause", "{\"a\":1}", 400, "INVALID_REQUEST", "nothing is"),
        bad("GET", "/admin/scan?limit=0", null, 400, "VALIDATION_ERROR", "limit"),
        bad("GET", "/admin/scan?colour=red", null, 400, "VALIDATION_ERROR", "status, after, limit"),
        bad("GET", "/metrics/system?period=soon", null, 400, "VALIDATION_ERROR", "period"),
        bad("GET", "/api/v1/origins/nobody", null, 404, "NOT_FOUND", "nobody"),
        bad("GET", "/admin/scna", null, 404, "NOT_FOUND", "/admin/scan"),
        bad("GET", "/admin/scan/%zz/status", null, 400, "INVALID_REQUEST", "encoded"),
        bad("GET", "/admin/scan?status=%zz", null, 400, "INVALID_REQUEST", "encoded"),
        bad("GET", scan, null, 405, "INVALID_REQUEST", "POST is"),
        bad("PATCH", "/admin/policy/scan", "{}", 405, "INVALID_REQUEST", "GET, PUT is"));
  }

  private static Arguments bad(
      String method, String path, @Nullable String body, int status, String code, String said) {
    return arguments(method, path, body, status, code, said);
  }

  @ParameterizedTest
  @MethodSource("badRequests")
  @DisplayName("F4: a bad request gets the right status and a message that helps")
  void badRequest(
      String method, String path, @Nullable String body, int status, String code, String said) {
    // Java's client refuses to send what is badly encoded.
    if (path.contains("%zz")) {
      assertThat(raw("GET " + path, "localhost", "")).contains(" 400 ", code, said);
      return;
    }
    var answer = client.call(method, path, body);
    refused(answer, status, code);
    assertThat(answer.json().getString("message")).contains(said);
  }

  @Test
  void aWrongMethodIsToldTheRightOnes() {
    assertThat(client.call("DELETE", "/admin/policy/heal", null).header("Allow"))
        .isEqualTo("GET, PUT");
  }

  @Test
  void severalBadFieldsAreAllNamed() {
    var error =
        client
            .call("POST", "/admin/heal/request", "{\"priority\":\"Urgent\",\"max_retries\":1.5}")
            .json();
    var fields = error.getJsonObject("details").getJsonArray("fields");
    assertThat(fields.stream().map(f -> ((JsonObject) f).getString("field")))
        .containsExactly("bucket", "max_retries", "object", "priority");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() {
    var body = "{\"bucket\":\"" + "x".repeat(1 << 20) + "\"}";
    var answer = client.call("POST", "/admin/heal/request", body);
    refused(answer, 413, "INVALID_REQUEST");
    assertThat(answer.json().getString("message")).contains("1048576");
  }

  @Test
  void aBodyThatDoesNotSayItIsJsonIsRefusedWithAHint() {
    var answer =
        client.call(
            "POST",
            "/admin/heal/request",
            "{}",
            "Content-Type",
            "application/x-www-form-urlencoded");
    refused(answer, 415, "INVALID_REQUEST");
    assertThat(answer.json().getString("message")).contains("Content-Type: application/json");
  }
}
