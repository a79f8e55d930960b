package io.kintsugi.origin;

import static io.kintsugi.kernel.FailureCode.CONFLICT;
import static io.kintsugi.kernel.FailureCode.INVALID_REQUEST;
import static io.kintsugi.kernel.FailureCode.NOT_FOUND;
import static io.kintsugi.kernel.FailureCode.UNAVAILABLE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kintsugi.contract.FileWriteContract;
import io.kintsugi.contract.FileWriteContract.BeginFile;
import io.kintsugi.contract.FileWriteContract.BegunFile;
import io.kintsugi.contract.FileWriteContract.DiscardFile;
import io.kintsugi.contract.FileWriteContract.PublishFile;
import io.kintsugi.contract.FileWriteContract.RemoveFile;
import io.kintsugi.contract.FileWriteContract.SealFile;
import io.kintsugi.contract.FileWriteContract.Standing;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FindFile;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.CreateOrigin;
import io.kintsugi.contract.Secrets;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

/// B2, F2: files written to and taken from an origin for plain files, on a real folder.
@ExtendWith(VertxExtension.class)
class FileWritingTest {
  private static final String ID = "nas";

  @TempDir Path folder;
  private House house;
  private Path files;

  @BeforeEach
  void build(Vertx vertx) throws Exception {
    house = new House(vertx, folder);
    files = Files.createDirectories(house.root("files"));
    house.origin("disk-1").start();
    var definition =
        OriginDefinition.of(ID, "local", Map.of("path", files.toString()))
            .as(OriginDefinition.FILES);
    house.ask(RegistryContract.CREATE_ORIGIN, new CreateOrigin(definition, Secrets.NONE));
  }

  private BegunFile begin(String path, long size) throws Exception {
    return house.ask(FileWriteContract.BEGIN_FILE.at(ID), new BeginFile(path, size));
  }

  /// A draft that holds these bytes and waits to be sealed.
  private String filled(String path, byte[] bytes) throws Exception {
    var begun = begin(path, bytes.length);
    house.on(() -> {
      var sink = house.world().blobs().connect(begun.into());
      for (int at = 0; at < bytes.length; at += 300_000) {
        sink.write(
            Buffer.buffer(Arrays.copyOfRange(bytes, at, Math.min(at + 300_000, bytes.length))));
      }
      sink.end();
      return io.vertx.core.Future.succeededFuture(true);
    });
    return begun.draft();
  }

  private String sealed(String path, byte[] bytes) throws Exception {
    var draft = filled(path, bytes);
    assertThat(house.ask(FileWriteContract.SEAL_FILE.at(ID), new SealFile(draft)).sizeBytes())
        .isEqualTo(bytes.length);
    return draft;
  }

  private FileStamp publish(String draft, @Nullable Standing over) throws Exception {
    return house.ask(FileWriteContract.PUBLISH_FILE.at(ID), new PublishFile(draft, over)).stamp();
  }

  private FileStamp find(String path) throws Exception {
    return house.ask(FilesContract.FIND_FILE.at(ID), new FindFile(path)).stamp();
  }

  private static void assertFails(FailureCode code, ThrowingCallable asking, String word) {
    assertThatThrownBy(asking)
        .satisfies(thrown -> {
          var failure = Failure.from(thrown);
          assertThat(failure.code()).as(failure.text()).isEqualTo(code);
          assertThat(failure.text() + failure.details()).contains(word);
        });
  }

  private List<String> names() throws Exception {
    try (var all = Files.walk(files)) {
      return all.filter(Files::isRegularFile)
          .map(path -> files.relativize(path).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  @DisplayName("a file is nowhere to be seen until it is published whole, under a plain path")
  void nothingIsSeenBeforeItIsPublished() throws Exception {
    var bytes = new byte[2_000_000];
    new Random(1).nextBytes(bytes);
    var draft = sealed("a/new/film.mkv", bytes);
    assertFails(NOT_FOUND, () -> find("a/new/film.mkv"), "film.mkv");
    assertThat(names()).singleElement().asString().endsWith(".part");
    var stamp = publish(draft, null);
    assertThat(Files.readAllBytes(files.resolve("a/new/film.mkv"))).isEqualTo(bytes);
    assertThat(find("a/new/film.mkv")).isEqualTo(stamp);
    assertThat(names()).containsExactly("a/new/film.mkv");
    assertFails(NOT_FOUND, () -> publish(draft, null), "draft");
  }

  @Test
  void filesWithoutBytesAreFiles() throws Exception {
    assertThat(publish(sealed("empty", new byte[0]), null).sizeBytes()).isZero();
    assertThat(files.resolve("empty")).isEmptyFile();
  }

  @Test
  @DisplayName("what is discarded, or never came whole, leaves nothing")
  void whatIsNotPublishedLeavesNothing() throws Exception {
    house.ask(FileWriteContract.DISCARD_FILE.at(ID), new DiscardFile(sealed("a", new byte[10])));
    var begun = begin("b", 10);
    house.on(() -> {
      var sink = house.world().blobs().connect(begun.into());
      sink.write(Buffer.buffer(new byte[4]));
      sink.end();
      return io.vertx.core.Future.succeededFuture(true);
    });
    assertFails(
        INVALID_REQUEST,
        () -> house.ask(FileWriteContract.SEAL_FILE.at(ID), new SealFile(begun.draft())),
        "fewer bytes");
    for (int i = 0; i < 500 && !names().isEmpty(); i++) {
      house.check(ID);
    }
    assertThat(names()).isEmpty();
  }

  @Test
  @DisplayName(
      "an old file is replaced in one step, and only over what is expected if that is said")
  void anOldFileIsReplacedInOneStep() throws Exception {
    Files.writeString(files.resolve("k"), "old");
    var seen = find("k");
    Files.writeString(files.resolve("k"), "other");
    var guarded = sealed("k", "new".getBytes(UTF_8));
    assertFails(CONFLICT, () -> publish(guarded, new Standing(seen)), "file-changed");
    assertThat(files.resolve("k")).hasContent("other");
    publish(sealed("k", "new".getBytes(UTF_8)), new Standing(find("k")));
    assertThat(files.resolve("k")).hasContent("new");
    var second = sealed("k", "newer".getBytes(UTF_8));
    assertFails(CONFLICT, () -> publish(second, new Standing(null)), "file-changed");
    publish(sealed("k", "newest".getBytes(UTF_8)), null);
    assertThat(files.resolve("k")).hasContent("newest");
  }

  @Test
  @DisplayName("paths that collide with files and folders, or lead out, are refused")
  void pathsThatCannotBeAreRefused() throws Exception {
    Files.writeString(files.resolve("file"), "x");
    Files.createDirectories(files.resolve("folder/inner"));
    Files.createSymbolicLink(files.resolve("out"), folder);
    assertFails(CONFLICT, () -> begin("file/below", 1), "folder-is-file");
    assertFails(CONFLICT, () -> begin("folder", 1), "file-is-folder");
    assertFails(CONFLICT, () -> begin("out/cluster.key", 1), "folder-is-file");
    assertFails(CONFLICT, () -> begin("out", 1), "file-is-folder");
    for (var path :
        List.of("../x", "a/../../x", "/etc/passwd", "", "a//b", "a/", "a/.kintsugi-0.part")) {
      assertFails(INVALID_REQUEST, () -> begin(path, 1), "not the path");
    }
    // Some places do not tell small letters from large ones.
    for (var own : List.of(".kintsugi-recipes/x", ".Kintsugi-quarantine/kept")) {
      assertFails(INVALID_REQUEST, () -> begin(own, 1), "no plain file");
    }
    assertThat(names()).containsExactly("file");
    publish(sealed("objects/x", new byte[1]), null);
    assertThat(names()).containsExactly("file", "objects/x");
  }

  @Test
  @DisplayName("a file is removed only if it is the one that is meant")
  void onlyTheVeryFileIsRemoved() throws Exception {
    Files.writeString(files.resolve("k"), "old");
    var seen = find("k");
    Files.writeString(files.resolve("k"), "other");
    assertFails(
        CONFLICT,
        () -> house.ask(FileWriteContract.REMOVE_FILE.at(ID), new RemoveFile("k", seen)),
        "file-changed");
    for (int i = 0; i < 2; i++) {
      var now = i == 0 ? find("k") : seen;
      house.ask(FileWriteContract.REMOVE_FILE.at(ID), new RemoveFile("k", now));
      assertThat(files.resolve("k")).doesNotExist();
    }
  }

  @Test
  @DisplayName("nothing is written below another folder than was registered")
  void nothingIsWrittenToAnotherDisk() throws Exception {
    var draft = sealed("k", new byte[3]);
    var away = files.resolveSibling("away");
    Files.move(files, away);
    Files.createDirectory(files);
    assertFails(UNAVAILABLE, () -> begin("x", 1), "");
    assertFails(UNAVAILABLE, () -> publish(draft, null), "");
    assertThat(names()).isEmpty();
  }
}
