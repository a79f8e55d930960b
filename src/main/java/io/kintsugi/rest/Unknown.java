package io.kintsugi.rest;

import io.kintsugi.contract.CatalogContract.BucketStanding;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What nobody could look at, as bodies show it, so that it cannot be taken for healthy.
final class Unknown {
  private Unknown() {}

  static JsonObject put(JsonObject body, ScanStatus scan) {
    var origins = known(scan.unreachableOrigins());
    long shards = scan.progress().unreachableShards();
    return body.put("complete", scan.complete())
        .put("unreachable_origins", origins)
        .put(
            "warning",
            shards == 0
                ? null
                : "%d shards could not be judged%s; whether they are sound is unknown"
                    .formatted(
                        shards, origins.isEmpty() ? "" : " on " + String.join(", ", origins)));
  }

  static JsonObject put(JsonObject body, BucketStanding standing) {
    var origins = known(standing.unreachableOrigins());
    return body.put("unreachable_origins", origins)
        .put(
            "warning",
            origins.isEmpty()
                ? null
                : "no answer from %s; whether the shards there are sound is unknown"
                    .formatted(String.join(", ", origins)));
  }

  private static List<String> known(@Nullable List<String> origins) {
    return origins == null ? List.of() : origins;
  }
}
