package io.kintsugi.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The demonstration as a user calls it, from what the build has packed and with nothing prepared:
/// once with the JDK's own files, as it comes, and once with a few odd ones.
class DemoIT {
  private static final int FILES = 24;
  private static final int LOST = 10;

  @TempDir private Path work;

  private Path tree() throws Exception {
    var tree = Files.createDirectories(work.resolve("tree/deep er/ü"));
    for (int i = 0; i < FILES; i++) {
      int size = i % 4 == 0 ? 0 : i % 2 == 0 ? 3_000 * i : 150_000 + 20_000 * i;
      Files.write(
          (i % 3 == 0 ? tree : work.resolve("tree")).resolve("file " + i), Store.bytes(i, size));
    }
    return work.resolve("tree");
  }

  private Command.Ended demo(String... words) throws Exception {
    var all = new java.util.ArrayList<String>();
    all.add(Path.of("bin/kintsugi").toAbsolutePath().toString());
    all.add("demo");
    all.addAll(java.util.List.of(words));
    return new Command(work)
        .with("KINTSUGI_NO_BUILD", "1")
        .with("KINTSUGI_HEAP", "512m")
        .with("JAVA25_HOME", System.getProperty("java.home"))
        .run(all.toArray(String[]::new));
  }

  @Test
  void everythingBrokenIsMendedAndComesBack() throws Exception {
    var ended = demo("--seed", "7", "--data", work.resolve("data").toString());
    assertThat(ended.code()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("marker blank", "refused for writing", "marker ours")
        .contains("bits flipped in data", "shards swapped", "no issues")
        .contains("All objects are back, byte for byte.");
    assertThat(work.resolve("data/postgres/data/postmaster.pid")).doesNotExist();
  }

  @Test
  void beyondParityExactlyTheBrokenOnesAreLost() throws Exception {
    var ended = demo(tree().toString(), "--beyond", "--seed", "8");
    assertThat(ended.code()).as(ended.output()).isEqualTo(3);
    assertThat(ended.output())
        .contains("Exactly the " + LOST + " objects broken beyond parity are lost");
  }

  @Test
  void aDirectoryInUseIsNotBroken() throws Exception {
    var ended = demo(tree().toString(), "--data", work.resolve("tree").toString());
    assertThat(ended.code()).isEqualTo(2);
    assertThat(ended.output()).contains("is not empty");
  }
}
