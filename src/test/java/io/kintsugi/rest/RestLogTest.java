package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.LogLines;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the REST edge says in the log (F10).
class RestLogTest extends RestHouse {
  @ParameterizedTest
  @CsvSource({"UNAVAILABLE,503", "STORAGE_ERROR,507", "INTERNAL_ERROR,500"})
  @DisplayName("F10: the line of a failed PUT names bucket, code and trace")
  void theLineOfAFailedPutNamesWhatFailed(FailureCode code, int status) {
    neighbours.fail(CatalogContract.CHANGE_BUCKET, Failure.of(code, "as ordered"));
    try (var log = LogLines.of(Edge.class)) {
      var answer = client.call("PUT", "/api/v1/buckets/photos", "{}");
      assertThat(answer.status()).isEqualTo(status);
      var line = log.only("request failed method=PUT path=/api/v1/buckets/photos");
      assertThat(line.getString("bucket")).isEqualTo("photos");
      assertThat(line.getString("code")).isEqualTo(code.name());
      assertThat(line.getString("trace")).isEqualTo(answer.header("X-Request-Id"));
    }
  }

  @Test
  void theLineOfAFailedHealRequestNamesTheObject() {
    neighbours.fail(HealContract.REQUEST_HEAL, Failure.of(FailureCode.UNAVAILABLE, "gone"));
    try (var log = LogLines.of(Edge.class)) {
      client.call("POST", "/admin/heal/request", "{\"bucket\":\"photos\",\"object\":\"a/b\"}");
      var line = log.only("request failed method=POST");
      assertThat(line.getString("bucket")).isEqualTo("photos");
      assertThat(line.getString("object")).isEqualTo("a/b");
      assertThat(line.getString("code")).isEqualTo("UNAVAILABLE");
    }
  }

  @Test
  void theLineOfAFailedLookAtATaskNamesTheTask() {
    neighbours.fail(ScanContract.GET_SCAN, Failure.of(FailureCode.TIMEOUT, "late"));
    try (var log = LogLines.of(Edge.class)) {
      client.get("/admin/scan/scan-7/status");
      assertThat(log.only("request failed").getString("task")).isEqualTo("scan-7");
    }
  }

  @Test
  void whatTheCallerDidWrongIsNotLogged() {
    try (var log = LogLines.of(Edge.class)) {
      client.call("PUT", "/api/v1/buckets/photos", "{\"colour\":1}");
      assertThat(log.all()).isEmpty();
    }
  }
}
