package io.kintsugi.catalog;

import static io.kintsugi.contract.CatalogContract.CHANGE_BUCKET;
import static io.kintsugi.contract.CatalogContract.COMMIT_OBJECT;
import static io.kintsugi.contract.CatalogContract.DELETE_BUCKET;
import static io.kintsugi.contract.CatalogContract.DELETE_OBJECTS;
import static io.kintsugi.contract.CatalogContract.FIND_OBJECT;
import static io.kintsugi.contract.CatalogContract.GET_STANDING;
import static io.kintsugi.contract.CatalogContract.HEAD_OBJECT;
import static io.kintsugi.contract.CatalogContract.LIST_OBJECTS;
import static io.kintsugi.contract.CatalogContract.LIST_VERSIONS;
import static io.kintsugi.contract.CatalogHealContract.OPEN_REQUEST;
import static io.kintsugi.contract.CatalogScanContract.LIST_EXTENTS;
import static io.kintsugi.contract.CatalogScanContract.LIST_SHARDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.DeleteBucket;
import io.kintsugi.contract.CatalogContract.DeleteKey;
import io.kintsugi.contract.CatalogContract.DeleteObjects;
import io.kintsugi.contract.CatalogContract.DeletedKey;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.GetStanding;
import io.kintsugi.contract.CatalogContract.HeadObject;
import io.kintsugi.contract.CatalogContract.ListObjects;
import io.kintsugi.contract.CatalogContract.ListVersions;
import io.kintsugi.contract.CatalogContract.ListedObject;
import io.kintsugi.contract.CatalogContract.ListedVersion;
import io.kintsugi.contract.CatalogHealContract.OpenRequest;
import io.kintsugi.contract.CatalogScanContract.ListExtents;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.Condition;
import io.kintsugi.contract.Priority;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Bucket versioning, asked of a catalog on a real database (F6).
class CatalogVersionsIT {
  private static House house;
  private static String session;

  @BeforeAll
  static void open() {
    house = new House();
    session = house.session();
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static void bucket(String name, String versioning) {
    house.bucket(name);
    set(name, versioning);
  }

  private static void set(String bucket, String versioning) {
    var change = new ChangeBucket(bucket, null, null, null, null, null, versioning);
    assertThat(house.ask(CHANGE_BUCKET, change).versioning()).isEqualTo(versioning);
  }

  private static DeletedKey delete(String bucket, String key, @Nullable String version) {
    var wish = new DeleteKey(key, version, Condition.NONE);
    return house.ask(DELETE_OBJECTS, new DeleteObjects(bucket, List.of(wish))).keys().getFirst();
  }

  private static String current(String bucket, String key) {
    return house.ask(FIND_OBJECT, new FindObject(bucket, key, null)).versionId();
  }

  private static Failure refusal(String bucket, String key, @Nullable String version) {
    return house.refusal(FIND_OBJECT, new FindObject(bucket, key, version));
  }

  private static List<ListedVersion> versions(String bucket) {
    return house
        .ask(LIST_VERSIONS, new ListVersions(bucket, "", null, null, null, 1000))
        .versions();
  }

  @Test
  void everyVersionIsKeptUntilItIsNamed() {
    bucket("kept", "Enabled");
    var first = house.put(session, "kept", "k");
    var second = house.put(session, "kept", "k");
    assertThat(second.publicId()).isEqualTo(second.versionId());
    assertThat(current("kept", "k")).isEqualTo(second.versionId());
    var old = house.ask(FIND_OBJECT, new FindObject("kept", "k", first.versionId()));
    assertThat(old.info()).isEqualTo(first.info());
    assertThat(old.segments()).hasSize(1);

    var marker = delete("kept", "k", null).markerId();
    assertThat(refusal("kept", "k", null).details())
        .containsEntry("what", "key")
        .containsEntry("marker", marker);
    assertThat(refusal("kept", "k", marker).details()).containsEntry("what", "delete-marker");
    assertThat(house.ask(LIST_OBJECTS, new ListObjects("kept", "", null, null, 9)).objects())
        .isEmpty();
    assertThat(house.ask(LIST_OBJECTS, new ListObjects("kept", "", "/", null, 9)).objects())
        .isEmpty();
    assertThat(versions("kept"))
        .extracting(ListedVersion::publicId)
        .containsExactly(marker, second.versionId(), first.versionId());
    assertThat(versions("kept"))
        .extracting(ListedVersion::latest)
        .containsExactly(true, false, false);

    assertThat(delete("kept", "k", marker).markerId()).isEqualTo(marker);
    assertThat(current("kept", "k")).isEqualTo(second.versionId());
    assertThat(delete("kept", "k", second.versionId()).existed()).isTrue();
    assertThat(current("kept", "k")).isEqualTo(first.versionId());
    assertThat(delete("kept", "k", second.versionId()).existed()).isFalse();
    assertThat(refusal("kept", "k", second.versionId()).detail("what")).isEqualTo("version");
  }

  @Test
  void whatWasThereBeforeIsTheNullVersionAndOutlivesVersioning() {
    house.bucket("grown");
    var old = house.put(session, "grown", "k");
    assertThat(old.publicId()).as("nobody has heard of versions yet").isNull();
    set("grown", "Enabled");
    var second = house.put(session, "grown", "k");
    assertThat(house.ask(HEAD_OBJECT, new HeadObject("grown", "k", "null")).versionId())
        .isEqualTo(old.versionId());
    assertThat(house.ask(HEAD_OBJECT, new HeadObject("grown", "k", "null")).publicId())
        .isEqualTo("null");

    set("grown", "Suspended");
    var third = house.put(session, "grown", "k");
    assertThat(third.publicId()).isEqualTo("null");
    assertThat(refusal("grown", "k", old.versionId()).detail("what"))
        .as("the null version is one")
        .isEqualTo("version");
    assertThat(current("grown", "k")).isEqualTo(third.versionId());
    house.ask(FIND_OBJECT, new FindObject("grown", "k", second.versionId()));

    assertThat(delete("grown", "k", null).markerId()).isEqualTo("null");
    assertThat(refusal("grown", "k", "null").detail("what")).isEqualTo("delete-marker");
    assertThat(versions("grown"))
        .extracting(ListedVersion::publicId)
        .containsExactly("null", second.versionId());
    var fourth = house.put(session, "grown", "k");
    assertThat(versions("grown"))
        .as("a null marker gives way like any null version")
        .extracting(ListedVersion::publicId)
        .containsExactly(fourth.publicId(), second.versionId());
  }

  @Test
  void conditionsLookAtTheCurrentVersion() {
    bucket("conditions", "Enabled");
    var first = house.put(session, "conditions", "k");
    house.put(session, "conditions", "k");
    var onOld = new Condition(first.info().etag(), null);
    assertThat(
            house
                .refusal(COMMIT_OBJECT, house.commitment(session, "conditions", "k", onOld))
                .code())
        .isEqualTo(FailureCode.PRECONDITION_FAILED);
    var wish = new DeleteObjects("conditions", List.of(new DeleteKey("k", null, onOld)));
    assertThat(house.ask(DELETE_OBJECTS, wish).keys().getFirst().failedCode())
        .isEqualTo("PRECONDITION_FAILED");
    delete("conditions", "k", null);
    var absent = new Condition(null, "*");
    house.ask(COMMIT_OBJECT, house.commitment(session, "conditions", "k", absent));
    assertThat(versions("conditions")).hasSize(4);
  }

  @Test
  void manyVersionsOfOneKeyGoInOneQuestion() {
    bucket("bulk", "Enabled");
    var ids = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      ids.add(house.put(session, "bulk", "k").versionId());
    }
    var wishes =
        List.of(
            new DeleteKey("k", ids.get(3), Condition.NONE),
            new DeleteKey("k", ids.get(2), Condition.NONE),
            new DeleteKey("k", ids.get(0), Condition.NONE),
            new DeleteKey("new", null, Condition.NONE),
            new DeleteKey("new", null, Condition.NONE),
            new DeleteKey("k", "ab".repeat(16), Condition.NONE));
    var answers = house.ask(DELETE_OBJECTS, new DeleteObjects("bulk", wishes)).keys();
    assertThat(answers)
        .extracting(DeletedKey::existed)
        .containsExactly(true, true, true, false, false, false);
    assertThat(answers.get(3).markerId()).isNotNull().isEqualTo(answers.get(4).markerId());
    assertThat(current("bulk", "k")).isEqualTo(ids.get(1));
    assertThat(versions("bulk")).hasSize(2);

    var both =
        List.of(
            new DeleteKey("k", null, Condition.NONE),
            new DeleteKey("k", ids.get(1), Condition.NONE),
            new DeleteKey("new", answers.get(3).markerId(), Condition.NONE));
    house.ask(DELETE_OBJECTS, new DeleteObjects("bulk", both));
    assertThat(versions("bulk")).extracting(ListedVersion::marker).containsExactly(true);
    delete("bulk", "k", versions("bulk").getFirst().publicId());
    assertThat(versions("bulk")).isEmpty();
    house.ask(DELETE_BUCKET, new DeleteBucket("bulk"));
  }

  @Test
  void aBucketIsNotEmptyWhileAVersionOrMarkerIsLeft() {
    bucket("full", "Enabled");
    house.put(session, "full", "k");
    delete("full", "k", null);
    var listed = versions("full");
    for (var version : listed) {
      assertThat(house.refusal(DELETE_BUCKET, new DeleteBucket("full")).detail("what"))
          .isEqualTo("bucket-not-empty");
      delete("full", "k", version.publicId());
    }
    assertThat(listed).hasSize(2);
    house.ask(DELETE_BUCKET, new DeleteBucket("full"));
  }

  @Test
  void oldVersionsAreScannedCountedAndHealed() {
    bucket("watched", "Enabled");
    long before = house.ask(LIST_EXTENTS, new ListExtents()).objects();
    var old = house.put(session, "watched", "k");
    house.put(session, "watched", "k");
    delete("watched", "k", null);
    assertThat(house.ask(LIST_EXTENTS, new ListExtents()).objects()).isEqualTo(before + 2);
    assertThat(isScanned(old)).isTrue();
    var standing =
        house.ask(GET_STANDING, new GetStanding()).buckets().stream()
            .filter(bucket -> bucket.bucket().equals("watched"))
            .findFirst()
            .orElseThrow();
    assertThat(standing.objects()).isEqualTo(2);
    assertThat(standing.bytes()).isEqualTo(200);
    assertThat(house.ask(OPEN_REQUEST, heal(old.versionId())).versionId())
        .isEqualTo(old.versionId());
    assertThat(house.refusal(OPEN_REQUEST, heal(null)).detail("what"))
        .as("a marker has nothing to heal")
        .isEqualTo("key");
    assertThat(house.refusal(OPEN_REQUEST, heal("null")).detail("what")).isEqualTo("version");

    delete("watched", "k", old.versionId());
    assertThat(isScanned(old)).isFalse();
    assertThat(house.ask(LIST_EXTENTS, new ListExtents()).objects()).isEqualTo(before + 1);
  }

  private static OpenRequest heal(@Nullable String version) {
    return new OpenRequest("watched", "k", version, Priority.NORMAL, "OnDemand", 1, 1000);
  }

  private static boolean isScanned(Committed version) {
    var leaf = Names.leaf(WriteId.parse(version.versionId()));
    return house.ask(LIST_SHARDS, new ListShards(leaf, null, 10_000)).segments().stream()
        .anyMatch(row -> version.versionId().equals(row.versionId()));
  }

  /// Whoever comes between another's look and its change must be noticed: afterwards each key's
  /// newest version is its current one, whatever the order was.
  @Test
  void writersAndDeletersOfOneKeyNeverLeaveAnotherThanTheNewestCurrent() {
    bucket("race", "Enabled");
    for (int round = 0; round < 20; round++) {
      if (round == 10) {
        set("race", "Suspended");
      }
      var key = "k" + round % 5;
      var known = versions("race").stream().filter(v -> v.key().equals(key)).toList();
      List<Future<?>> answers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        answers.add(
            house.bus.ask(COMMIT_OBJECT, house.commitment(session, "race", key, Condition.NONE)));
        var wish = new DeleteKey(key, null, Condition.NONE);
        answers.add(house.bus.ask(DELETE_OBJECTS, new DeleteObjects("race", List.of(wish))));
      }
      for (var version : known) {
        var wish = new DeleteKey(key, version.publicId(), Condition.NONE);
        answers.add(house.bus.ask(DELETE_OBJECTS, new DeleteObjects("race", List.of(wish))));
      }
      House.await(Future.all(answers));
      assertThat(VersionModel.strayRows(house)).isZero();
    }
  }

  @Test
  void aChangeTellsAllThatItDid() {
    bucket("told", "Enabled");
    house.put(session, "told", "k");
    set("told", "Suspended");
    var suspended = house.put(session, "told", "k");
    delete("told", "k", null);
    assertThat(
            house.sql(
                "SELECT count(*) FROM change WHERE kind = 'bucket-changed'"
                    + " AND body->>'name' = 'told' AND body->>'versioning' = 'Suspended'"))
        .isEqualTo(1);
    assertThat(
            house.sql(
                "SELECT count(*) FROM change WHERE kind = 'object-committed'"
                    + " AND body->>'bucket' = 'told' AND body->'nullVersion' = 'false'"
                    + " AND body->'died' = '[]'"))
        .isEqualTo(1);
    assertThat(
            house.sql(
                "SELECT count(*) FROM change c JOIN version v ON v.seq = c.seq"
                    + " WHERE kind = 'marker-set' AND body->>'bucket' = 'told'"
                    + " AND replace(v.version_id::text, '-', '') = body->>'versionId' AND v.marker"
                    + " AND body->'nullVersion' = 'true' AND body->'died'->>0 = '"
                    + suspended.versionId()
                    + "'"))
        .isEqualTo(1);
  }

  @Test
  void onlyTheTwoWordsSetIt() {
    house.bucket("words");
    var change = new ChangeBucket("words", null, null, null, null, null, "Off");
    assertThat(house.refusal(CHANGE_BUCKET, change).code()).isEqualTo(FailureCode.INVALID_REQUEST);
    assertThat(house.ask(LIST_OBJECTS, new ListObjects("words", "", null, null, 1)).objects())
        .extracting(ListedObject::key)
        .isEmpty();
  }
}
