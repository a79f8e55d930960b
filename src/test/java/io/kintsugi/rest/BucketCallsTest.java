package io.kintsugi.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
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
  void aBucketThatMustBeThereIsNotCreated() {
    neighbours.fail(
        CatalogContract.CHANGE_BUCKET, Failure.of(FailureCode.NOT_FOUND, "no bucket b-1"));
    var answer = client.call("PUT", "/api/v1/buckets/b-1", "{}", "If-Match", "\"1\"");
    assertThat(answer.status()).isEqualTo(412);
    assertThat(neighbours.wasAsked(CatalogContract.CREATE_BUCKET)).isFalse();
  }
}
