package io.kintsugi.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.CreateBucket;
import io.kintsugi.contract.CatalogRegistryContract;
import io.kintsugi.contract.CatalogRegistryContract.DropOrigin;
import io.kintsugi.contract.CatalogTreeCareContract;
import io.kintsugi.contract.CatalogTreeCareContract.ListRotten;
import io.kintsugi.contract.CatalogTreeCareContract.LoadVerifications;
import io.kintsugi.contract.CatalogTreeCareContract.SaveVerification;
import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.CatalogTreeContract.DropTree;
import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.CatalogTreeContract.FileRoot;
import io.kintsugi.contract.CatalogTreeContract.FindFileRecords;
import io.kintsugi.contract.CatalogTreeContract.GetFileRoot;
import io.kintsugi.contract.CatalogTreeContract.LoadTrees;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeCareContract.SourceVerified;
import io.kintsugi.contract.TreeCareContract.Verification;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.FailureCode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Federated buckets and what is known of their files, as the catalog keeps them (B2).
class CatalogTreeIT {
  private static final String ONE = "1".repeat(64);
  private static final String OTHER = "2".repeat(64);
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.123456789Z");

  private final House house = new House();

  @AfterEach
  void close() {
    house.close();
  }

  private <Q extends Record, A extends Record> void assertFails(
      FailureCode code, Call<Q, A> call, Q question) {
    assertThat(house.refusal(call, question).code()).isEqualTo(code);
  }

  private static PutTree wish(String conflicts, Long ifVersion) {
    return new PutTree("b-1", List.of(new Source("nas", "a", 1)), conflicts, ifVersion);
  }

  private static PutTree wish(String conflicts) {
    return new PutTree("b-1", List.of(new Source("nas", "a", 1)), conflicts, null);
  }

  private Tree save(PutTree wish) {
    return house.ask(CatalogTreeContract.SAVE_TREE, wish);
  }

  @Test
  void aTreeIsKeptChangedAndForgotten() {
    var made = save(wish("priority"));
    assertThat(made.version()).isEqualTo(1);
    assertThat(save(wish("priority"))).as("asked again").isEqualTo(made);
    assertFails(FailureCode.PRECONDITION_FAILED, CatalogTreeContract.SAVE_TREE, wish("newest", 7L));
    var changed = save(wish("newest", 1L));
    assertThat(changed.version()).isEqualTo(2);
    assertThat(house.ask(CatalogTreeContract.LOAD_TREES, new LoadTrees()).trees())
        .containsExactly(changed);
    for (int i = 0; i < 2; i++) {
      house.ask(CatalogTreeContract.DROP_TREE, new DropTree("b-1"));
    }
    assertThat(house.ask(CatalogTreeContract.LOAD_TREES, new LoadTrees()).trees()).isEmpty();
  }

  @Test
  void noTwoBucketsOfAnyKindHaveOneName() {
    save(wish("priority"));
    assertFails(
        FailureCode.CONFLICT,
        CatalogContract.CREATE_BUCKET,
        new CreateBucket("b-1", null, null, null));
    house.ask(CatalogTreeContract.DROP_TREE, new DropTree("b-1"));
    house.ask(CatalogContract.CREATE_BUCKET, new CreateBucket("b-1", null, null, null));
    assertFails(FailureCode.CONFLICT, CatalogTreeContract.SAVE_TREE, wish("priority"));
  }

  @Test
  void anOriginThatTreesLieOnIsRemovedOnlyByForce() {
    save(wish("priority"));
    assertFails(
        FailureCode.CONFLICT, CatalogRegistryContract.DROP_ORIGIN, new DropOrigin("nas", false));
    house.ask(CatalogRegistryContract.DROP_ORIGIN, new DropOrigin("nas", true));
  }

  @Test
  @DisplayName("B2: other bytes under the same size and time are rot, under others a new file")
  void rotIsTold() {
    var stamp = new FileStamp(5, AT, "t-1");
    var first = record(stamp, ONE);
    assertThat(first.rotSha256()).isNull();
    assertThat(first.stamp()).isEqualTo(stamp);
    var again = record(new FileStamp(5, AT, "t-2"), OTHER);
    assertThat(again.sha256()).isEqualTo(ONE);
    assertThat(again.rotSha256()).isEqualTo(OTHER);
    assertThat(again.verified()).isEqualTo(first.verified());
    assertThat(record(stamp, ONE).rotSha256()).as("put right").isNull();
    var later = record(new FileStamp(5, AT.plusNanos(1), "t-3"), OTHER);
    assertThat(later.sha256()).isEqualTo(OTHER);
    assertThat(later.rotSha256()).isNull();
    var found =
        house.ask(
            CatalogTreeContract.FIND_FILE_RECORDS,
            new FindFileRecords(List.of(new FileName("nas", "a/k"), new FileName("nas", "a\0"))));
    assertThat(found.records()).containsExactly(later);
  }

  private CatalogTreeContract.FileRecord record(FileStamp stamp, String sha256) {
    return house.ask(
        CatalogTreeContract.SAVE_FILE_RECORD, new SaveFileRecord("nas", "a/k", stamp, sha256));
  }

  @Test
  void theRootOfAnOriginIsRemembered() {
    assertThat(root().identity()).isNull();
    house.ask(CatalogTreeContract.SAVE_FILE_ROOT, new FileRoot("nas", "disk 7"));
    assertThat(root().identity()).isEqualTo("disk 7");
    house.ask(CatalogTreeContract.SAVE_FILE_ROOT, new FileRoot("nas", null));
    assertThat(root().identity()).isNull();
  }

  private FileRoot root() {
    return house.ask(CatalogTreeContract.GET_FILE_ROOT, new GetFileRoot("nas"));
  }

  @Test
  @DisplayName("A7: how far a verification is survives, and one node at a time goes on with it")
  void aVerificationIsKeptAndHeldByOne() {
    var so = new SourceVerified("nas", "a", "k", false, 7, 70, 60, 1, 1, "does not answer");
    var open = new Verification("b-1", AT, null, List.of(so));
    house.ask(
        CatalogTreeCareContract.SAVE_VERIFICATION, new SaveVerification("node-1", 60_000, open));
    assertFails(
        FailureCode.CONFLICT,
        CatalogTreeCareContract.SAVE_VERIFICATION,
        new SaveVerification("node-2", 60_000, open));
    assertThat(verifications()).containsExactly(open);
    var ended = new Verification("b-1", AT, AT.plusSeconds(5), List.of(so));
    house.ask(CatalogTreeCareContract.SAVE_VERIFICATION, new SaveVerification("node-1", 0, ended));
    assertThat(verifications()).containsExactly(ended);
    house.ask(
        CatalogTreeCareContract.SAVE_VERIFICATION, new SaveVerification("node-2", 60_000, open));
    assertThat(verifications()).containsExactly(open);
  }

  private List<Verification> verifications() {
    return house
        .ask(CatalogTreeCareContract.LOAD_VERIFICATIONS, new LoadVerifications())
        .verifications();
  }

  @Test
  @DisplayName("B2: rotten files are listed until they are right, or another file is expected")
  void rottenFilesAreListed() {
    var stamp = new FileStamp(5, AT, "t-1");
    for (var path : List.of("a", "b", "c")) {
      save(path, stamp, ONE);
      save(path, stamp, path.equals("b") ? ONE : OTHER);
    }
    assertThat(rotten(null, null, 1)).containsExactly("a");
    assertThat(rotten("nas", "a", 9)).containsExactly("c");
    save("a", stamp, ONE);
    assertThat(rotten(null, null, 9)).containsExactly("c");
    var later = new FileStamp(5, AT.plusSeconds(9), "t-2");
    var expected =
        house.ask(CatalogTreeCareContract.EXPECT_FILE, new SaveFileRecord("nas", "c", later, ONE));
    assertThat(expected.stamp()).isEqualTo(later);
    assertThat(expected.verified()).isEqualTo(Instant.EPOCH);
    assertThat(rotten(null, null, 9)).isEmpty();
    assertThat(save("c", later, OTHER).rotSha256()).as("not what was expected").isEqualTo(OTHER);
    house.ask(CatalogTreeCareContract.EXPECT_FILE, new SaveFileRecord("nas", "c", later, OTHER));
    assertThat(rotten(null, null, 9)).as("what was read counts more").containsExactly("c");
  }

  private CatalogTreeContract.FileRecord save(String path, FileStamp stamp, String sha256) {
    return house.ask(
        CatalogTreeContract.SAVE_FILE_RECORD, new SaveFileRecord("nas", path, stamp, sha256));
  }

  private List<String> rotten(@Nullable String originId, @Nullable String path, int max) {
    return house
        .ask(CatalogTreeCareContract.LIST_ROTTEN, new ListRotten(originId, path, max))
        .records()
        .stream()
        .map(CatalogTreeContract.FileRecord::path)
        .toList();
  }
}
