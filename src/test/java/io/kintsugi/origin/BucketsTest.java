package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.Secrets;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Origins that are buckets, as they are defined (B1, C2).
@ExtendWith(VertxExtension.class)
class BucketsTest {
  private static OriginDefinition bucket(long capacityBytes) {
    var settings = Map.of("bucket", "b", "endpoint", "http://127.0.0.1:9");
    return OriginDefinition.of("s3-1", "s3", settings)
        .draft()
        .reserveBytes(0L)
        .capacityBytes(capacityBytes)
        .done();
  }

  @Test
  void itsCapacityIsTheRoomThatABucketHas(Vertx vertx) throws Exception {
    var secrets = new Secrets(Map.of("access_key", "a", "secret_key", "s"));
    try (var driver = Buckets.maker(vertx).open(bucket(1000), secrets)) {
      assertThat(driver.space().totalBytes()).isEqualTo(1000);
      assertThat(driver.space().freeBytes()).isEqualTo(1000);
    }
    try (var driver = Buckets.maker(vertx).open(bucket(0), secrets)) {
      assertThat(driver.space().totalBytes()).isEqualTo(1L << 50);
    }
  }

  @Test
  void anotherCapacityOfABucketIsServedAnewAndThatOfADiskIsNot() {
    assertThat(Definitions.movesPlace(bucket(1000), bucket(2000))).isTrue();
    assertThat(Definitions.movesPlace(bucket(1000), bucket(1000))).isFalse();
  }
}
