package io.kintsugi.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.sql.Postmaster.Facts;
import io.kintsugi.sql.Postmaster.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostmasterTest {
  private static final Path HERE = Path.of("/srv/postgres/data");
  private static final Path ELSEWHERE = Path.of("/srv/other/data");

  @TempDir Path directory;

  @Test
  void recognisesOnlyAPostgresOfThisDirectory() {
    assertThat(judged('S', "/srv/postgres/17/bin/postgres", HERE)).isEqualTo(Verdict.OURS);
    assertThat(judged('S', "/srv/postgres/17/bin/postgres", ELSEWHERE)).isEqualTo(Verdict.NOT_OURS);
    assertThat(judged('S', "/usr/bin/sleep", HERE)).isEqualTo(Verdict.NOT_OURS);
  }

  @Test
  void theDeadAreNotOurs() {
    assertThat(judged('Z', null, null)).isEqualTo(Verdict.NOT_OURS);
    assertThat(judged('X', null, null)).isEqualTo(Verdict.NOT_OURS);
    assertThat(Postmaster.judge(new Facts(false, 'X', null, null), HERE))
        .isEqualTo(Verdict.NOT_OURS);
  }

  @Test
  void oneReadableDifferenceIsProof() {
    assertThat(judged('S', null, ELSEWHERE)).isEqualTo(Verdict.NOT_OURS);
    assertThat(judged('S', "/usr/bin/sleep", null)).isEqualTo(Verdict.NOT_OURS);
  }

  @Test
  void whatCannotBeReadIsUnknown() {
    assertThat(judged('S', null, null)).isEqualTo(Verdict.UNKNOWN);
    assertThat(judged('S', "/srv/postgres/17/bin/postgres", null)).isEqualTo(Verdict.UNKNOWN);
    assertThat(judged('S', null, HERE)).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void withoutAFileThereIsNoServer() throws IOException {
    assertThat(Postmaster.observe(directory)).isInstanceOf(Postmaster.Absent.class);
  }

  @Test
  void aZombieIsDisownedThoughItsIdStillExists() throws IOException {
    // The shell becomes a sleep that never asks for its child's end.
    var parent = new ProcessBuilder("sh", "-c", "sleep 0 & echo $!; exec sleep 60").start();
    try (var words =
        new BufferedReader(
            new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
      var pid = Long.parseLong(words.readLine());
      assertThat(ProcessHandle.of(pid)).isPresent();
      write(pid + "\n/x\n1\n5432\n\n127.0.0.1\n 12 34\nready   \n");
      // Alive as a sleep, then a zombie: never ours.
      assertThat(Postmaster.observe(directory)).isInstanceOf(Postmaster.Stale.class);
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void disowningTouchesOnlyTheFirstLine() throws IOException {
    write("4711\n/x\n1\n5432\n\n127.0.0.1\n 12 34\nready   \n");
    Postmaster.disown(directory);
    assertThat(directory.resolve(Postmaster.FILE))
        .hasContent("2147483646\n/x\n1\n5432\n\n127.0.0.1\n 12 34\nready   \n");
    Postmaster.disown(directory);
    assertThat(Postmaster.observe(directory)).isInstanceOf(Postmaster.Stale.class);
    assertThat(directory.resolve(Postmaster.FILE)).content().startsWith("2147483646\n/x\n");
  }

  @Test
  void anEmptyFileIsDisownedToo() throws IOException {
    write("");
    assertThat(Postmaster.observe(directory)).isInstanceOf(Postmaster.Stale.class);
    Postmaster.disown(directory);
    assertThat(directory.resolve(Postmaster.FILE)).hasContent("2147483646\n");
  }

  private void write(String text) throws IOException {
    Files.writeString(directory.resolve(Postmaster.FILE), text);
  }

  private static Verdict judged(char state, @Nullable String program, @Nullable Path workDir) {
    return Postmaster.judge(new Facts(true, state, program, workDir), HERE);
  }
}
