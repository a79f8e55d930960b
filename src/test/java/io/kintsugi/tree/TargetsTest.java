package io.kintsugi.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// B2, C3: where a file of a tree is written.
class TargetsTest {
  private static final Source A = new Source("a", "", 10);
  private static final Source B = new Source("b", "", 20);
  private static final Source C = new Source("c", "", 20);
  private static final Source C_TOO = new Source("c", "more", 5);
  private static final Tree TREE =
      new Tree("t", List.of(C, B, A, C_TOO), "priority", Instant.EPOCH, 1, true, 2);

  private final Map<String, OriginState> states = new HashMap<>();

  private void state(String id, String health, long freeBytes, String... flags) {
    states.put(
        id,
        new OriginState(
            id,
            "local",
            "/" + id,
            id,
            100,
            health,
            "ours",
            null,
            false,
            1000,
            freeBytes,
            -1,
            1,
            1,
            0,
            Instant.EPOCH,
            null,
            null,
            List.of(flags)));
  }

  private Targets choose(Set<Source> having, Map<String, String> silent) {
    return Targets.of(TREE, states::get, having, silent, 100);
  }

  @Test
  @DisplayName("priority dominates, then health; each origin is taken once")
  void priorityThenHealthAndEachOriginOnce() {
    state("a", "degraded", 500);
    state("b", "healthy", 500);
    state("c", "degraded", 500);
    assertThat(choose(Set.of(), Map.of()).spare()).containsExactly(C_TOO, A, B);
  }

  @Test
  @DisplayName("every source that has the key is written to, lest its old copy stays")
  void whatHasTheKeyIsWrittenTo() {
    state("a", "healthy", 500);
    state("b", "healthy", 500);
    state("c", "healthy", 500);
    var targets = choose(Set.of(C, B), Map.of());
    assertThat(targets.must()).containsExactlyInAnyOrder(C, B);
    assertThat(targets.spare()).containsExactly(A);
  }

  @Test
  void whoCannotTakeItIsNamedWithTheReason() {
    state("a", "healthy", 99);
    state("b", "healthy", 500, OriginState.READ_ONLY);
    state("c", "unhealthy", 500);
    var targets = choose(Set.of(B), Map.of());
    assertThat(targets.must()).isEmpty();
    assertThat(targets.spare()).isEmpty();
    assertThat(targets.refused())
        .containsEntry("a", "it has 99 bytes left")
        .containsEntry("b", "it is read-only")
        .containsEntry("c", "it is unhealthy");
    state("c", "healthy", 500);
    assertThat(choose(Set.of(), Map.of("c", "no answer")).refused())
        .containsEntry("c", "no answer");
  }
}
