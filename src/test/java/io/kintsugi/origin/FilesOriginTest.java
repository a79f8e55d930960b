package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.CONFLICT;
import static io.kintsugi.kernel.FailureCode.NOT_FOUND;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.CatalogOriginContract.OriginRow;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FindFile;
import io.kintsugi.contract.FilesContract.HashFile;
import io.kintsugi.contract.FilesContract.ListFileOrigins;
import io.kintsugi.contract.FilesContract.ListFiles;
import io.kintsugi.contract.FilesContract.ListedFile;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.ListOrigins;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Place;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.ChangeOrigin;
import io.kintsugi.contract.RegistryContract.CreateOrigin;
import io.kintsugi.contract.RegistryContract.DrainOrigin;
import io.kintsugi.contract.RegistryContract.GetPool;
import io.kintsugi.contract.RegistryContract.OriginChange;
import io.kintsugi.contract.RegistryContract.OriginView;
import io.kintsugi.contract.RegistryContract.RemoveOrigin;
import io.kintsugi.contract.Secrets;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Origins for plain files beside those for shards, on real folders (B1, B2, B4).
@ExtendWith(VertxExtension.class)
class FilesOriginTest {
  private static final OriginChange PRIORITY =
      new OriginChange(null, 7, null, null, null, null, null, null, null, null, null, null);
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.25Z");

  @TempDir Path folder;
  private House house;
  private Path files;
  private String life;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    files = Files.createDirectories(house.root("files"));
    life = house.origin("disk-1").start();
  }

  private static OriginDefinition definition(String id, Path path) {
    return OriginDefinition.of(id, "local", Map.of("path", path.toString()))
        .as(OriginDefinition.FILES);
  }

  private OriginView create(String id, Path path) throws Exception {
    return house.ask(
        RegistryContract.CREATE_ORIGIN, new CreateOrigin(definition(id, path), Secrets.NONE));
  }

  private void write(String path, byte[] bytes) throws Exception {
    var file = files.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    Files.setLastModifiedTime(file, FileTime.from(AT));
  }

  private FileStamp find(String path) throws Exception {
    return house.ask(FilesContract.FIND_FILE.at("nas"), new FindFile(path)).stamp();
  }

  private static void assertFails(FailureCode code, ThrowingCallable asking, String... words) {
    assertThatThrownBy(asking)
        .satisfies(thrown -> {
          var failure = Failure.from(thrown);
          assertThat(failure.code()).as(failure.text()).isEqualTo(code);
          for (var word : words) {
            assertThat(failure.text()).contains(word);
          }
        });
  }

  private OriginState state() throws Exception {
    return house.ask(FilesContract.LIST_FILE_ORIGINS, new ListFileOrigins()).origins().getFirst();
  }

  @Test
  @DisplayName("B2: an origin for plain files may hold any, bears no marker and no shard")
  void itIsTakenAsItIsAndTakesNoPartInThePool() throws Exception {
    write("holiday/a.jpg", new byte[7]);
    var made = create("nas", files);
    assertThat(made.state().health()).isEqualTo("healthy");
    assertThat(made.state().writable()).isFalse();
    assertThat(files.toFile().list()).containsExactly("holiday");
    assertThat(house.rows).doesNotContainKey("nas");
    assertThat(house.ask(OriginContract.LIST_ORIGINS, new ListOrigins()).origins())
        .extracting(OriginState::id)
        .containsExactly("disk-1");
    assertThat(house.changes).extracting(OriginState::id).doesNotContain("nas");
    assertThat(
            house.ask(OriginContract.PLACE, new Place(2, List.of(), "RoundRobin", 10, 0)).origins())
        .hasSize(1);
    assertThat(house.ask(RegistryContract.GET_POOL, new GetPool()).origins()).hasSize(1);
    assertFails(
        CONFLICT,
        () -> house.ask(RegistryContract.DRAIN_ORIGIN, new DrainOrigin("nas", "start")),
        "plain files");
    house.ask(RegistryContract.REMOVE_ORIGIN, new RemoveOrigin("nas", false));
    assertThat(house.ask(FilesContract.LIST_FILE_ORIGINS, new ListFileOrigins()).origins())
        .isEmpty();
    assertThat(files.resolve("holiday/a.jpg")).exists();
  }

  @Test
  void whatCannotBeOneIsRefused() throws Exception {
    assertFails(CONFLICT, () -> create("nas", house.root("nowhere")), "not there");
    assertFails(CONFLICT, () -> create("nas", house.root("disk-1")), "disk-1");
    assertFails(CONFLICT, () -> create("nas", house.root("disk-1").resolve("objects")), "disk-1");
    assertFails(CONFLICT, () -> create("nas", folder), "disk-1");
    Files.copy(
        house.root("disk-1").resolve("kintsugi-origin.json"),
        files.resolve("kintsugi-origin.json"));
    assertFails(CONFLICT, () -> create("nas", files), "for shards");
  }

  @Test
  @DisplayName("B4: another folder in its place is noticed at once, and is not a missing file")
  void anotherFolderInItsPlaceIsNoticed() throws Exception {
    write("a", new byte[1]);
    create("nas", files);
    assertFails(NOT_FOUND, () -> find("b"));
    var away = files.resolveSibling("away");
    Files.move(files, away);
    assertFails(UNAVAILABLE, () -> find("a"));
    Files.createDirectory(files);
    assertFails(UNAVAILABLE, () -> find("a"));
    var state = house.check("nas");
    assertThat(state.marker()).isEqualTo("foreign");
    assertThat(state.health()).isEqualTo("unhealthy");
    assertThat(state.reason()).contains("another folder");
    assertFails(
        UNAVAILABLE,
        () -> house.ask(FilesContract.LIST_FILES.at("nas"), new ListFiles("", "", 10, true)));
    assertThat(house.replace("nas").health()).isEqualTo("healthy");
    assertFails(NOT_FOUND, () -> find("a"));
    Files.delete(files);
    Files.move(away, files);
    assertThat(house.check("nas").marker()).isEqualTo("foreign");
  }

  @Test
  void aNextLifeKnowsTheRightFolder() throws Exception {
    create("nas", files);
    house.stop(life);
    var away = files.resolveSibling("away");
    Files.move(files, away);
    Files.createDirectory(files);
    house.start();
    assertThat(state().marker()).isEqualTo("foreign");
    Files.delete(files);
    Files.move(away, files);
    assertThat(house.check("nas").marker()).isEqualTo("ours");
  }

  @Test
  @DisplayName("B11: an origin for plain files may stand in the configuration, and stays")
  void theConfigurationMayNameOne() throws Exception {
    house.stop(life);
    write("a", new byte[3]);
    house.origin("nas", "role", OriginDefinition.FILES, "path", files.toString());
    life = house.start();
    assertThat(state().health()).isEqualTo("healthy");
    assertThat(find("a").sizeBytes()).isEqualTo(3);
    assertFails(
        CONFLICT,
        () -> house.ask(RegistryContract.REMOVE_ORIGIN, new RemoveOrigin("nas", true)),
        "configuration");
    // Whatever is changed has everything read again of which the catalog has rows.
    create("box", Files.createDirectories(house.root("box")));
    house.ask(RegistryContract.REMOVE_ORIGIN, new RemoveOrigin("box", false));
    house.ask(RegistryContract.CHANGE_ORIGIN, new ChangeOrigin("disk-1", PRIORITY));
    assertThat(state().id()).isEqualTo("nas");
    house.ask(RegistryContract.CHANGE_ORIGIN, new ChangeOrigin("nas", PRIORITY));
    assertThat(state().priority()).isEqualTo(7);
    house.stop(life);
    house.start();
    assertThat(state().priority()).isEqualTo(7);
    assertThat(find("a").sizeBytes()).isEqualTo(3);
  }

  @Test
  @DisplayName("B11: where shards are no configuration makes plain files of them")
  void theConfigurationDoesNotShowShards() throws Exception {
    house.stop(life);
    var within = Files.createDirectories(house.root("disk-1").resolve("objects/x"));
    house.origin("nas", "role", OriginDefinition.FILES, "path", within.toString());
    assertFails(CONFLICT, house::start, "nas", "disk-1");
  }

  @Test
  void anOriginForShardsDoesNotBecomeOneForFiles() throws Exception {
    house.stop(life);
    house.rows.put(
        "nas", new OriginRow("nas", "local", files.toString(), "ready", "i", House.CREATED));
    house.origin("nas", "role", OriginDefinition.FILES);
    assertFails(CONFLICT, house::start, "nas holds shards");
  }

  @Test
  void linksAreNothingWhereverTheyStand() throws Exception {
    write("a/b", new byte[3]);
    Files.createSymbolicLink(files.resolve("link"), files.resolve("a/b"));
    Files.createSymbolicLink(files.resolve("out"), folder);
    create("nas", files);
    for (var path : List.of("link", "out/cluster.key", "a", "a/b/c", "../x", "/etc/passwd", "")) {
      assertFails(NOT_FOUND, () -> find(path));
    }
    assertThat(paths(true, "", "", 10)).containsExactly("a/b");
    assertThat(paths(false, "", "", 10)).containsExactly("a/");
    assertThat(paths(true, "out", "", 10)).isEmpty();
    assertThat(paths(true, "a/../..", "", 10)).isEmpty();
  }

  private List<String> paths(boolean deep, String in, String after, int max) throws Exception {
    var all = new ArrayList<String>();
    @Nullable String next = after;
    while (next != null) {
      var page = house.ask(FilesContract.LIST_FILES.at("nas"), new ListFiles(in, next, max, deep));
      assertThat(page.files()).hasSizeLessThanOrEqualTo(max);
      page.files().stream().map(ListedFile::path).forEach(all::add);
      next = page.next();
    }
    return all;
  }

  @Test
  @DisplayName("B2: a walk over everything comes in the order of keys, in pages of any length")
  void theWalkComesInOrder() throws Exception {
    var paths = List.of("a!", "a-b", "a/b/c", "a/b/d", "a/b-", "a/é", "a0", "b", "z/y/x/w/v");
    for (var path : paths) {
      write(path, new byte[1]);
    }
    create("nas", files);
    for (int max : new int[] {1, 2, 3, 100}) {
      assertThat(paths(true, "", "", max))
          .containsExactly("a!", "a-b", "a/b-", "a/b/c", "a/b/d", "a/é", "a0", "b", "z/y/x/w/v");
      assertThat(paths(true, "a", "", max)).containsExactly("b-", "b/c", "b/d", "é");
      assertThat(paths(false, "a", "", max)).containsExactly("b-", "b/", "é");
    }
    assertThat(paths(true, "", "a/b//x", 2)).contains("a/b/d", "a0", "b");
    assertThat(paths(true, "nowhere", "", 2)).isEmpty();
  }

  @Test
  void aFileIsReadInAnyRangeAndHashed() throws Exception {
    var bytes = new byte[1_500_000];
    new Random(5).nextBytes(bytes);
    write("a/b", bytes);
    create("nas", files);
    var stamp = find("a/b");
    assertThat(stamp.sizeBytes()).isEqualTo(bytes.length);
    assertThat(stamp.modified()).isEqualTo(AT);
    assertThat(house.readFile("nas", "a/b", stamp, 0, bytes.length)).isEqualTo(bytes);
    assertThat(house.readFile("nas", "a/b", stamp, 700_000, 3))
        .containsExactly(bytes[700_000], bytes[700_001], bytes[700_002]);
    assertThat(house.readFile("nas", "a/b", stamp, bytes.length, 0)).isEmpty();
    var hash = house.ask(FilesContract.HASH_FILE.at("nas"), new HashFile("a/b", stamp, 0));
    assertThat(hash.sha256())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
  }

  @Test
  @DisplayName(
      "B2: a file that was written to since it was found is not given out for the one found")
  void aFileThatWasWrittenToIsAnotherOne() throws Exception {
    write("a", "before".getBytes(UTF_8));
    create("nas", files);
    var stamp = find("a");
    write("a", "behind".getBytes(UTF_8));
    assertThat(find("a").modified()).as("size and time are the same").isEqualTo(stamp.modified());
    assertFails(CONFLICT, () -> house.readFile("nas", "a", stamp, 0, 6), "changed");
    assertFails(
        CONFLICT, () -> house.ask(FilesContract.HASH_FILE.at("nas"), new HashFile("a", stamp, 0)));
  }

  @Test
  void oneFileThatCannotBeReadMakesNobodyIll() throws Exception {
    write("a", new byte[1]);
    create("nas", files);
    assertFails(NOT_FOUND, () -> find("x".repeat(200) + "/y"));
    assertThat(state().health()).isEqualTo("healthy");
  }
}
