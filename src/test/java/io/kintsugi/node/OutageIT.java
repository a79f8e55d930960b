package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.S3Exception;

/// T9: two of eight origins away, then a third. T12: they return with what was overwritten and
/// deleted meanwhile.
@ExtendWith(NodeLogs.class)
class OutageIT {
  private static final int BYTES = 2_500_000;
  private static final String BUCKET = "steady";
  private static final String STRICT = "strict";

  @TempDir private static Path data;
  private static RunningNode node;
  private static Away away;

  @BeforeAll
  static void startNode() throws Exception {
    node = RunningNode.start(data);
    away = new Away(node);
    try (var store = new Store(node.s3Url())) {
      store.createBucket(BUCKET);
      store.createBucket(STRICT);
    }
    // What has returned is built on once it has stayed for as long.
    node.rest().put("/admin/policy/heal", "{\"rebuild_after\":\"5s\"}");
    node.rest().put("/api/v1/buckets/" + STRICT, "{\"on_shortage\":\"refuse\"}");
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  private static void assertThere(Store store, String key) {
    assertThat(store.get(BUCKET, key)).as(key).isEqualTo(Store.bytes(key.hashCode(), BYTES));
  }

  private static void put(Store store, String key) {
    store.put(BUCKET, key, Store.bytes(key.hashCode(), BYTES));
  }

  private static String layouts(String like) throws Exception {
    return String.join(
        " ",
        new CatalogRows(data)
            .read(
                "SELECT DISTINCT s.k || '+' || s.m FROM segment s"
                    + " JOIN version v ON v.version_id = s.owner_id"
                    + " WHERE s.live AND v.key LIKE '"
                    + like
                    + "' ORDER BY 1"));
  }

  private static S3Exception refused(Runnable request) {
    var refusal = catchThrowableOfType(S3Exception.class, request::run);
    assertThat(refusal).isNotNull();
    return refusal;
  }

  @Test
  @DisplayName("T9: with two away all is read and written narrower, with three nothing is lost")
  void whatIsWrittenInAnOutageIsLaidAnewAfterwards() throws Exception {
    try (var store = new Store(node.s3Url())) {
      put(store, "before");
      put(store, "overwritten");
      put(store, "deleted");
      node.rest().awaitWhole();
      int files = new Disk(data).sizes().size();
      away.takeAway("disk-2");
      away.takeAway("disk-7");
      assertThere(store, "before");
      put(store, "during-two");
      assertThat(layouts("during-two")).isEqualTo("4+2");
      assertThere(store, "during-two");
      var later = Store.bytes(77, BYTES);
      store.put(BUCKET, "overwritten", later);
      store.client().deleteObject(b -> b.bucket(BUCKET).key("deleted"));

      away.takeAway("disk-4");
      assertThat(refused(() -> store.get(BUCKET, "before")).statusCode()).isEqualTo(503);
      put(store, "during-three");
      assertThat(layouts("during-three")).isEqualTo("3+2");
      assertThere(store, "during-three");
      var body = Store.bytes(1, BYTES);
      assertThat(refused(() -> store.put(STRICT, "k", body)).statusCode()).isEqualTo(503);

      away.bringBack("disk-2");
      away.bringBack("disk-4");
      away.bringBack("disk-7");
      assertThere(store, "before");
      assertThat(new Disk(data).sizes()).hasSizeGreaterThanOrEqualTo(files);
      await("the full layout")
          .atMost(Away.LIMIT)
          .untilAsserted(() -> assertThat(layouts("during-%")).isEqualTo("6+2"));
      assertThat(store.get(BUCKET, "overwritten")).as("T12").isEqualTo(later);
      assertThat(store.find(BUCKET, "deleted")).as("T12").isNull();
      for (var key : new String[] {"before", "during-two", "during-three"}) {
        assertThere(store, key);
      }
      away.awaitZero("SELECT count(*) FROM heal_task WHERE state = 'open'");
      assertThat(node.rest().wrong()).isEmpty();
      assertThat(away.count("SELECT count(*) FROM location WHERE state = 'missed'")).isZero();

      put(store, "during-two");
      store.client().deleteObject(b -> b.bucket(BUCKET).key("during-three"));
      assertThat(store.find(BUCKET, "during-three")).isNull();
      assertThere(store, "during-two");
    }
  }
}
