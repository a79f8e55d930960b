package io.kintsugi.tree;

import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Where a file is to be written: to every source that has the key, lest an old copy stays there,
/// and to others, the preferred ones first.
///
/// @param must sources that have the key
/// @param spare others, one of each origin, the best first
/// @param refused origins that cannot take it, and why
@Pure
record Targets(List<Source> must, List<Source> spare, Map<String, String> refused) {
  Targets {
    must = List.copyOf(must);
    spare = List.copyOf(spare);
  }

  /// @param states null: not registered for plain files
  /// @param silent origins that did not tell whether they have the key, and why
  static Targets of(
      Tree tree,
      Function<String, @Nullable OriginState> states,
      Set<Source> having,
      Map<String, String> silent,
      long sizeBytes) {
    var order = new ArrayList<>(tree.sources());
    order.sort(
        Comparator.comparingInt(Source::priority)
            .thenComparingInt(source -> illness(states.apply(source.originId()))));
    var must = new ArrayList<Source>();
    var spare = new ArrayList<Source>();
    var refused = new LinkedHashMap<String, String>();
    var used = new HashSet<String>();
    having.forEach(source -> used.add(source.originId()));
    for (var source : order) {
      var id = source.originId();
      var why = refusal(states.apply(id), silent.get(id), sizeBytes);
      if (why != null) {
        refused.putIfAbsent(id, why);
      } else if (having.contains(source)) {
        must.add(source);
      } else if (used.add(id)) {
        spare.add(source);
      }
    }
    return new Targets(must, spare, refused);
  }

  private static int illness(@Nullable OriginState state) {
    return state != null && state.health().equals("healthy") ? 0 : 1;
  }

  private static @Nullable String refusal(
      @Nullable OriginState state, @Nullable String silent, long sizeBytes) {
    if (state == null) {
      return "it is not registered for plain files";
    }
    if (silent != null) {
      return silent;
    }
    if (state.health().equals("unhealthy")) {
      return state.reason() == null ? "it is unhealthy" : state.reason();
    }
    for (var flag :
        List.of(OriginState.READ_ONLY, OriginState.FULL, OriginState.DRAINING, OriginState.HUNG)) {
      if (state.flags().contains(flag)) {
        return "it is " + flag;
      }
    }
    // A place that does not tell how large it is may have room.
    return state.totalBytes() > 0 && state.freeBytes() < sizeBytes
        ? "it has " + state.freeBytes() + " bytes left"
        : null;
  }
}
