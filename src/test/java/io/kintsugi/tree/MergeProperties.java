package io.kintsugi.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.TreeContract.Source;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pages of several sources become one listing, against the plainest model there is (B2).
class MergeProperties {
  private static final FileStamp STAMP = new FileStamp(1, Instant.EPOCH, null);
  private static final String[] PIECES = {"a", "b", "/", "-", " ", "é", "\uFF5E", "😀", ".", "0"};

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  @DisplayName("B2: the merged order is that of the bytes of keys, each once, with all its sources")
  void theMergeIsTheSortedUnion(long seed) {
    var random = new Random(seed);
    var lines = new ArrayList<List<String>>();
    var sources = new ArrayList<Source>();
    for (int i = 0; i < 1 + random.nextInt(6); i++) {
      sources.add(new Source("o" + i, "", i));
      lines.add(keys(random));
    }
    assertThat(merged(sources, lines, random)).isEqualTo(model(lines));
  }

  private static List<String> keys(Random random) {
    var keys = new TreeSet<>(KeyOrder.INSTANCE);
    for (int i = random.nextInt(60); i > 0; i--) {
      var key = new StringBuilder();
      for (int j = 1 + random.nextInt(4); j > 0; j--) {
        key.append(PIECES[random.nextInt(PIECES.length)]);
      }
      keys.add(key.toString());
    }
    return List.copyOf(keys);
  }

  /// Asks each source for pages of any length, empty ones among them, whenever the merge wants
  /// some.
  private static List<String> merged(
      List<Source> sources, List<List<String>> lines, Random random) {
    var merge = new Merge(sources.size());
    var given = new int[sources.size()];
    var told = new ArrayList<String>();
    while (true) {
      for (int i : merge.wanting()) {
        var line = lines.get(i);
        int to = Math.min(line.size(), given[i] + random.nextInt(4));
        var source = sources.get(i);
        merge.add(
            i,
            line.subList(given[i], to).stream().map(key -> new Item(source, key, STAMP)).toList());
        given[i] = to;
        if (to == line.size()) {
          merge.end(i);
        }
      }
      if (!merge.wanting().isEmpty()) {
        continue;
      }
      var group = merge.next();
      if (group == null) {
        return told;
      }
      told.add(
          group.getFirst().key()
              + group.stream().map(item -> "|" + item.source().originId()).toList());
    }
  }

  private static List<String> model(List<List<String>> lines) {
    Map<String, List<String>> owners = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      for (var key : lines.get(i)) {
        owners.computeIfAbsent(key, _ -> new ArrayList<>()).add("|o" + i);
      }
    }
    return owners.keySet().stream()
        .sorted((a, b) ->
            Arrays.compareUnsigned(
                a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)))
        .map(key -> key + owners.get(key))
        .toList();
  }
}
