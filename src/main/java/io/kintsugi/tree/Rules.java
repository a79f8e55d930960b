package io.kintsugi.tree;

import io.kintsugi.contract.TreeCareContract.Care;
import io.kintsugi.contract.TreeContract.PutTree;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Pure;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// What a tree may be.
@Pure
final class Rules {
  private static final int SOURCES_MAX = 16;
  private static final int COPIES_USUAL = 2;
  private static final int PATH_CHARS_MAX = 1024;
  private static final long VERIFY_MIN_MILLIS = 3_600_000;
  private static final Set<String> CONFLICTS =
      Set.of(Version.PRIORITY, Version.NEWEST, Version.KEEP_BOTH);

  private static final Set<String> MIRRORS = Set.of(Care.OFF, Care.HEAL, Care.EQUAL);

  private Rules() {}

  /// The tree with its paths in one form; fails with all that is wrong with it.
  ///
  /// @param isKnown whether an origin is registered for plain files
  static PutTree normal(PutTree wish, Predicate<String> isKnown) {
    var wrong = new LinkedHashMap<String, String>();
    if (!CONFLICTS.contains(wish.conflicts())) {
      wrong.put("conflicts", "must be priority, newest or keep_both, not " + wish.conflicts());
    }
    if (wish.sources().isEmpty() || wish.sources().size() > SOURCES_MAX) {
      wrong.put("sources", "must be 1 to " + SOURCES_MAX + ", not " + wish.sources().size());
    }
    var sources = new ArrayList<Source>();
    for (int i = 0; i < wish.sources().size(); i++) {
      var source = wish.sources().get(i);
      var path = trimmed(source.path());
      if (!isKnown.test(source.originId())) {
        wrong.put(
            "sources[" + i + "].origin",
            "no origin "
                + source.originId()
                + " is registered for plain files; register one with role files");
      }
      if (!path.isEmpty() && (path.length() > PATH_CHARS_MAX || !Paths.isPossible(path))) {
        wrong.put("sources[" + i + "].path", "is not a path within an origin: " + source.path());
      }
      if (path.toLowerCase(Locale.ROOT).startsWith(".kintsugi")) {
        wrong.put("sources[" + i + "].path", "is what the store itself keeps there: " + path);
      }
      sources.add(new Source(source.originId(), path, source.priority()));
    }
    boolean equal = wish.care() != null && wish.care().mirror().equals(Care.EQUAL);
    overlaps(sources, wish.writes() || equal, wrong);
    care(wish, wrong);
    int copies = copies(wish, wrong);
    if (!wrong.isEmpty()) {
      var said = new ArrayList<String>();
      wrong.forEach((field, what) -> said.add(field + " " + what));
      throw new Failure(FailureCode.VALIDATION_ERROR, String.join("; ", said), wrong);
    }
    return new PutTree(
        wish.name(),
        sources,
        wish.conflicts(),
        wish.ifVersion(),
        wish.writes(),
        copies,
        wish.care());
  }

  /// Of how many copies of a file are waited for.
  private static int copies(PutTree wish, Map<String, String> wrong) {
    int most = Math.max(1, (int) wish.sources().stream().map(Source::originId).distinct().count());
    var wished = wish.replicationFactor();
    if (wished == null) {
      return Math.min(COPIES_USUAL, most);
    }
    if (wished < 1 || wished > most) {
      wrong.put(
          "replication_factor", "must be 1 to " + most + ", the number of origins, not " + wished);
    }
    return wished;
  }

  private static String trimmed(String path) {
    int from = path.startsWith("/") ? 1 : 0;
    int to = path.endsWith("/") && path.length() > from ? path.length() - 1 : path.length();
    return path.substring(from, to);
  }

  private static void care(PutTree wish, Map<String, String> wrong) {
    var care = wish.care();
    if (care == null) {
      return;
    }
    if (!MIRRORS.contains(care.mirror())) {
      wrong.put("mirror", "must be off, heal or equal, not " + care.mirror());
    }
    if (care.mirror().equals(Care.EQUAL) && wish.conflicts().equals(Version.KEEP_BOTH)) {
      wrong.put("mirror", "cannot be equal where conflicts are keep_both: one of two must go");
    }
    if (care.verifyEveryMillis() != Care.NEVER && care.verifyEveryMillis() < VERIFY_MIN_MILLIS) {
      wrong.put("verify", "must be off or at least an hour");
    }
    if (care.bytesPerSecond() < 0) {
      wrong.put("bandwidth_limit_mbps", "must not be negative");
    }
  }

  private static void overlaps(List<Source> sources, boolean writes, Map<String, String> wrong) {
    var places = new HashSet<String>();
    for (int i = 0; i < sources.size(); i++) {
      var source = sources.get(i);
      if (!places.add(source.originId() + "/" + source.path())) {
        wrong.put("sources[" + i + "]", "is there twice: " + source.originId());
      }
    }
    if (writes) {
      nested(sources, wrong);
    }
  }

  /// What is written under one key would be another's file as well.
  private static void nested(List<Source> sources, Map<String, String> wrong) {
    for (int i = 0; i < sources.size(); i++) {
      var inner = sources.get(i);
      for (var outer : sources) {
        boolean lies =
            outer.path().isEmpty()
                ? !inner.path().isEmpty()
                : inner.path().startsWith(outer.path() + "/");
        if (lies && outer.originId().equals(inner.originId())) {
          wrong.put("sources[" + i + "]", "lies within another source of a tree that writes files");
        }
      }
    }
  }
}
