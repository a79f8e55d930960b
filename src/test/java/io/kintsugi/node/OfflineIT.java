package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// B7: what was read is served while every origin is away.
@ExtendWith(NodeLogs.class)
class OfflineIT {
  private static final int DISKS = 8;
  private static final String BUCKET = "offline";

  @TempDir private Path data;

  private static byte[] content(int seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /// Cached data is served while every origin is down, and says so (B7).
  @Test
  @DisplayName("test_serve_cached_offline")
  void whatWasReadIsServedWhileEveryOriginIsAway() throws Exception {
    try (var node = RunningNode.start(data, "--cache", "all")) {
      try (var store = new Store(node.s3Url())) {
        store.createBucket(BUCKET);
        store.put(BUCKET, "large", content(1, 3_000_000));
        store.put(BUCKET, "small", content(2, 3_000));
        store.put(BUCKET, "unread", content(3, 3_000));
        store.get(BUCKET, "large");
        store.get(BUCKET, "small");
      }
      assertThat(awaitCopies(node, 2)).isEqualTo(2);
    }
    try (var node = RunningNode.start(data, "--cache", "all");
        var store = new Store(node.s3Url())) {
      var away = new Away(node);
      for (int i = 1; i <= DISKS; i++) {
        away.takeAway("disk-" + i);
      }
      assertThat(store.get(BUCKET, "large")).isEqualTo(content(1, 3_000_000));
      assertThat(store.get(BUCKET, "small")).isEqualTo(content(2, 3_000));
      var head =
          store.client().getObject(b -> b.bucket(BUCKET).key("large").range("bytes=70000-70009"));
      try (head) {
        assertThat(head.readAllBytes())
            .isEqualTo(java.util.Arrays.copyOfRange(content(1, 3_000_000), 70_000, 70_010));
        var http = head.response().sdkHttpResponse();
        assertThat(http.firstMatchingHeader("x-kintsugi-served-from")).contains("cache");
        assertThat(http.firstMatchingHeader("x-kintsugi-cached-at")).isPresent();
      }
      // What nobody kept cannot be had now, which is not the same as not being there.
      assertThatThrownBy(() -> store.get(BUCKET, "unread"))
          .isInstanceOfSatisfying(
              S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
      assertThat(node.rest().get("/api/v1/cache").path("hits").asInt()).isGreaterThanOrEqualTo(3);

      for (int i = 1; i <= DISKS; i++) {
        away.bringBack("disk-" + i);
      }
      assertThat(store.get(BUCKET, "unread")).isEqualTo(content(3, 3_000));
      var sound = store.client().getObjectAsBytes(b -> b.bucket(BUCKET).key("large")).response();
      assertThat(sound.sdkHttpResponse().firstMatchingHeader("x-kintsugi-served-from")).isEmpty();
    }
  }

  /// A copy is finished a moment after its client has everything.
  private static int awaitCopies(RunningNode node, int expected) throws Exception {
    org.awaitility.Awaitility.await()
        .until(() -> node.rest().get("/api/v1/cache").path("copies").asInt() >= expected);
    return node.rest().get("/api/v1/cache").path("copies").asInt();
  }
}
