package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.QueryMetrics;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Figures over REST (A11).
class MetricsCallsTest extends RestHouse {
  @Test
  @DisplayName("A11: metrics/system as JSON and CSV")
  void systemMetrics() {
    var path = "/metrics/system?period=1h&metrics=objects_total,scan_rate,heal_success_rate";
    var data = client.get(path).data();
    assertThat(data.getString("period")).isEqualTo("1h");
    assertThat(data.getJsonObject("timestamp_range").fieldNames()).containsExactly("start", "end");
    assertThat(data.getJsonObject("metrics").getJsonObject("objects_total"))
        .isEqualTo(
            new JsonObject()
                .put("value", 2_500_000)
                .put("unit", "count")
                .put("labels", new JsonObject()));
    assertThat(neighbours.asked(MetricsContract.QUERY_METRICS))
        .isEqualTo(
            new QueryMetrics(
                3_600_000, List.of("objects_total", "scan_rate", "heal_success_rate")));
    var csv = client.get(path + "&format=csv");
    assertThat(csv.header("content-type")).startsWith("text/csv");
    assertThat(csv.response().body())
        .contains(
            "objects_total,\"\",2500000,count,", "health_issues_total,\"{severity=high}\",3,");
  }

  @Test
  void prometheusTextComesFromBothPaths() {
    for (var path : List.of("/metrics/prometheus", "/metrics")) {
      var answer = client.get(path);
      assertThat(answer.header("content-type")).startsWith("text/plain; version=0.0.4");
      assertThat(answer.response().body()).isEqualTo("kintsugi_objects_total 2500000\n");
    }
  }
}
