package io.kintsugi.kernel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The named points at which a test can kill a node (T5, T6).
class CrashPointTest {
  @ParameterizedTest
  @EnumSource
  void everyPointIsPassedSomewhereAndExplained(CrashPoint point) throws IOException {
    assertThat(Files.readString(Path.of("docs/torture.md"))).contains("| `" + point.word() + "` |");
    try (var files = Files.walk(Path.of("src/main/java"))) {
      var passing =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> text(file).contains("CrashPoint." + point + ".pass()"))
              .collect(Collectors.toSet());
      assertThat(passing).isNotEmpty();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void whoIsNotToldToDieLivesOn() {
    assertThat(CrashPoint.armed()).isEmpty();
    for (var point : CrashPoint.values()) {
      point.pass();
    }
    assertThat(CrashFuse.of(null)).isNull();
  }

  @Test
  void onlyThatPassingOfThatPointIsMeant() {
    var fuse = requireNonNull(CrashFuse.of("pack.flushed:3"));
    assertThat(fuse).hasToString("pack.flushed:3");
    fuse.pass(CrashPoint.PACK_WRITTEN);
    fuse.pass(CrashPoint.PACK_FLUSHED);
    fuse.pass(CrashPoint.PACK_FLUSHED);
    assertThat(CrashFuse.of("heal.moved")).hasToString("heal.moved:1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "pack", "pack.lost", "PACK_FLUSHED", "pack.flushed:0", "pack.flushed:x"})
  void whatIsNoPointIsRefused(String text) {
    assertThatThrownBy(() -> CrashFuse.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(CrashPoint.PROPERTY);
  }
}
