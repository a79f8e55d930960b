package io.kintsugi.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FindFile;
import io.kintsugi.contract.FilesContract.ListFiles;
import io.kintsugi.contract.FilesContract.ListedFile;
import io.kintsugi.contract.OriginMirrorContract.Replaced;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.driver.Driver;
import io.kintsugi.driver.LocalDriver;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// What a copy may take the place of, what is kept of that, and what is shown to nobody (B10).
@ExtendWith(VertxExtension.class)
class OriginMirrorGuardsTest {
  private static final int BYTES = 4 << 20;
  private static final String NAME = "films/one";

  @TempDir Path folder;
  private House house;
  private Mirrors mirrors;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder).origin("disk-1");
    mirrors = new Mirrors(house);
  }

  private void start() throws Exception {
    start(LocalDriver::new);
  }

  private void start(Function<Path, Driver> drivers) throws Exception {
    house.start(drivers);
    for (var id : new String[] {"right", "old"}) {
      house.createFiles(id);
      Files.createDirectories(house.root(id).resolve("films"));
    }
  }

  private Path path(String id) {
    return house.root(id).resolve(NAME);
  }

  private void assertEqualNow() throws Exception {
    assertThat(Files.mismatch(path("right"), path("old"))).isEqualTo(-1);
  }

  private FileStamp stamp(String id) throws Exception {
    return house.ask(FilesContract.FIND_FILE.at(id), new FindFile(NAME)).stamp();
  }

  @Test
  @DisplayName("B10: a copy that is not the one that was judged is left as it is")
  void aCopyThatIsNotTheOneThatWasJudgedIsLeft() throws Exception {
    start();
    Files.write(path("right"), OriginMirrorTest.random(1, BYTES));
    Files.write(path("old"), OriginMirrorTest.random(2, BYTES));
    mirrors.replaced = new Replaced(null, "", false);
    OriginMirrorTest.assertFails(FailureCode.CONFLICT, () -> mirrors.refresh("old", "right", NAME));
    mirrors.replaced = new Replaced(stamp("old"), "", false);
    Files.write(path("old"), OriginMirrorTest.random(3, BYTES));
    OriginMirrorTest.assertFails(FailureCode.CONFLICT, () -> mirrors.refresh("old", "right", NAME));
    assertThat(Files.readAllBytes(path("old"))).isEqualTo(OriginMirrorTest.random(3, BYTES));
  }

  @Test
  @DisplayName("B10: what gives way is kept aside, where no tree shows it")
  void whatGivesWayIsKeptAside() throws Exception {
    start(path -> path.endsWith("old") ? OriginMirrorTest.tagless(path) : new LocalDriver(path));
    for (var trust : List.of(Trust.SOURCE_ONLY, Trust.RECIPES)) {
      var right = OriginMirrorTest.random(1, BYTES);
      var rotten = right.clone();
      rotten[BYTES / 2] ^= 1;
      Files.write(path("right"), right);
      Files.write(path("old"), rotten);
      mirrors.replaced = new Replaced(stamp("old"), "", true);
      var told = mirrors.refresh("old", "right", NAME, trust);
      assertEqualNow();
      var kept = house.root("old").resolve(Objects.requireNonNull(told.keptAs()));
      assertThat(Files.readAllBytes(kept)).isEqualTo(rotten);
      assertThat(told.stamp()).isEqualTo(stamp("old"));
    }
    var page = house.ask(FilesContract.LIST_FILES.at("old"), new ListFiles("", "", 100, true));
    assertThat(page.files()).extracting(ListedFile::path).containsExactly(NAME);
    assertThat(page.next()).isNull();
    var flat = house.ask(FilesContract.LIST_FILES.at("old"), new ListFiles("", "", 100, false));
    assertThat(flat.files()).extracting(ListedFile::path).containsExactly("films/");
    for (var folder : new String[] {".kintsugi-recipes", ".kintsugi-quarantine"}) {
      try (var names = Files.list(house.root("old").resolve(folder))) {
        var name = folder + "/" + names.findFirst().orElseThrow().getFileName();
        OriginMirrorTest.assertFails(
            FailureCode.NOT_FOUND,
            () -> house.ask(FilesContract.FIND_FILE.at("old"), new FindFile(name)));
      }
      assertThat(
              house
                  .ask(FilesContract.LIST_FILES.at("old"), new ListFiles(folder, "", 9, true))
                  .files())
          .isEmpty();
    }
  }

  @Test
  @DisplayName("B10: a copy that is missing is made with its folders, below one that is there")
  void aMissingCopyIsMadeWithItsFolders() throws Exception {
    start();
    Files.write(path("right"), OriginMirrorTest.random(1, BYTES));
    Files.delete(path("old").getParent());
    mirrors.replaced = new Replaced(null, "films", false);
    OriginMirrorTest.assertFails(
        FailureCode.NOT_FOUND, () -> mirrors.refresh("old", "right", NAME));
    assertThat(path("old").getParent()).doesNotExist();
    mirrors.replaced = new Replaced(null, "", false);
    mirrors.refresh("old", "right", NAME);
    assertEqualNow();
    Files.delete(path("old"));
    Files.delete(path("old").getParent());
    Files.createSymbolicLink(path("old").getParent(), house.root("right").resolve("films"));
    OriginMirrorTest.assertFails(FailureCode.CONFLICT, () -> mirrors.refresh("old", "right", NAME));
    assertThat(Files.readAllBytes(path("right"))).isEqualTo(OriginMirrorTest.random(1, BYTES));
  }
}
