package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.BucketStanding;
import io.kintsugi.contract.CatalogContract.Standing;
import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Buckets over REST.
class BucketCallsTest extends RestHouse {
  @Test
  void aBucketThatIsNotThereIsCreatedWithWhatWasAsked() {
    neighbours.fail(
        CatalogContract.CHANGE_BUCKET, Failure.of(FailureCode.NOT_FOUND, "no bucket b-1"));
    var answer =
        client.call(
            "PUT", "/api/v1/buckets/b-1", "{\"layout\":{\"k\":6,\"m\":2},\"class\":\"critical\"}");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(neighbours.asked(CatalogContract.CREATE_BUCKET))
        .isEqualTo(new CatalogContract.CreateBucket("b-1", new Layout(6, 2), "critical", null));
  }

  @Test
  void versioningIsSetAndTold() {
    var bucket = Neighbours.bucket();
    neighbours.answer(
        CatalogContract.CHANGE_BUCKET,
        new CatalogContract.Bucket(
            bucket.name(),
            bucket.layout(),
            bucket.bucketClass(),
            bucket.strategy(),
            bucket.onShortage(),
            null,
            bucket.created(),
            8,
            "Suspended"));
    var path = "/api/v1/buckets/user-uploads";
    var answer = client.call("PUT", path, "{\"versioning\":\"Suspended\"}");
    described.holds("PUT", "/api/v1/buckets/{name}", 200, answer.json());
    assertThat(answer.data().getString("versioning")).isEqualTo("Suspended");
    assertThat(neighbours.asked(CatalogContract.CHANGE_BUCKET))
        .isEqualTo(
            new CatalogContract.ChangeBucket(
                "user-uploads", null, null, null, null, null, "Suspended"));
    assertThat(client.get(path).data().getMap()).containsEntry("versioning", null);
    assertThat(client.call("PUT", path, "{\"versioning\":\"Off\"}").status()).isEqualTo(400);
  }

  @Test
  void aBucketIsCreatedAndThenKeepsVersions() {
    neighbours.fail(
        CatalogContract.CHANGE_BUCKET, Failure.of(FailureCode.NOT_FOUND, "no bucket b-1"));
    client.call("PUT", "/api/v1/buckets/b-1", "{\"versioning\":\"Enabled\"}");
    assertThat(neighbours.asked(CatalogContract.CHANGE_BUCKET))
        .isEqualTo(
            new CatalogContract.ChangeBucket("b-1", null, null, null, null, null, "Enabled"));
  }

  @Test
  @DisplayName("G5: a bucket on origins that do not answer is told as unknown")
  void theStandingWarnsOfWhatIsUnknown() {
    var standing =
        new BucketStanding(
            "photos", new Layout(6, 2), 1, 9, 0, Map.of("0", 1L), null, List.of("disk-7"));
    neighbours.answer(
        CatalogContract.GET_STANDING,
        new Standing(List.of(standing), 1, 9, Instant.parse("2026-01-02T03:04:05Z")));
    var answer = client.get("/api/v1/standing");
    described.holds("GET", "/api/v1/standing", 200, answer.json());
    assertThat(answer.data().getJsonArray("buckets").getJsonObject(0).getMap())
        .containsEntry("unreachable_origins", List.of("disk-7"))
        .containsEntry(
            "warning", "no answer from disk-7; whether the shards there are sound is unknown");
  }

  @Test
  void aBucketThatMustBeThereIsNotCreated() {
    neighbours.fail(
        CatalogContract.CHANGE_BUCKET, Failure.of(FailureCode.NOT_FOUND, "no bucket b-1"));
    var answer = client.call("PUT", "/api/v1/buckets/b-1", "{}", "If-Match", "\"1\"");
    assertThat(answer.status()).isEqualTo(412);
    assertThat(neighbours.wasAsked(CatalogContract.CREATE_BUCKET)).isFalse();
  }
}
