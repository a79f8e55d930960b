package io.kintsugi.erasure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KernelsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static Process withoutVectors;
  private static Process withNarrowVectors;

  /// A process takes seconds to choose, so these do it while this one does.
  @BeforeAll
  static void startOthers() throws IOException {
    withNarrowVectors =
        freshJvm(
            "--add-modules=jdk.incubator.vector",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-XX:UseAVX=2");
    withoutVectors = freshJvm();
    Kernels.warmUp();
  }

  @AfterAll
  static void stopOthers() {
    withoutVectors.destroyForcibly();
    withNarrowVectors.destroyForcibly();
  }

  @Test
  void theKernelThatServesIsOneThatCanRunHere() {
    Kernels.awaitWarm(LIMIT);

    assertThat(Kernels.candidates())
        .extracting(Kernel::name)
        .contains(Kernels.active())
        .doesNotHaveDuplicates()
        .last()
        .isEqualTo("scalar");
  }

  @Test
  void aKernelWithWrongBitsNeverServes() {
    assertThat(KernelTrial.fastest(List.of(new WrongKernel(), ScalarKernel.INSTANCE)))
        .isSameAs(ScalarKernel.INSTANCE);
  }

  @Test
  void theScalarKernelServesWhereTheVectorModuleIsAbsent() throws Exception {
    assertThat(said(withoutVectors)).isEqualTo("scalar, scalar, bits right");
  }

  @Test
  void aProcessThatCannotUseTheWidestVectorsUsesAnother() throws Exception {
    assertThat(said(withNarrowVectors))
        .startsWith("scalar, ")
        .doesNotContain("512")
        .endsWith(", bits right");
  }

  private static Process freshJvm(String... flags) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(flags));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), FreshProcess.class.getName()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static String said(Process process) throws IOException, InterruptedException {
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    return said.strip();
  }

  /// A program that says which kernel serves at its start and when the choice is made, and whether
  /// the bits are right.
  static final class FreshProcess {
    private FreshProcess() {}

    public static void main(String[] arguments) {
      String atStart = Kernels.active();
      Kernels.awaitWarm(LIMIT);
      var shards = new byte[8][5000];
      for (byte[] shard : shards) {
        new Random(5).nextBytes(shard);
      }
      Codec.of(6, 2).encode(shards, 64, 4900);
      byte[] parity = Arrays.copyOfRange(shards[7], 64, 4964);
      boolean right = Arrays.equals(parity, SlowCode.parity(6, 1, shards, 64, 4900));
      System.out.println(
          atStart + ", " + Kernels.active() + ", bits " + (right ? "right" : "wrong"));
    }
  }

  /// A kernel that would win every race.
  private static final class WrongKernel implements Kernel {
    @Override
    public String name() {
      return "wrong";
    }

    @Override
    public int stepBytes() {
      return 1;
    }

    @Override
    public void sum(int count, byte[][] sources, byte[] target, int from, int to) {}

    @Override
    public void weightedSum(Weights weights, byte[][] sources, byte[] target, int from, int to) {}

    @Override
    public void bothSums(
        Weights weights, byte[][] sources, byte[] plain, byte[] weighted, int from, int to) {}
  }
}
