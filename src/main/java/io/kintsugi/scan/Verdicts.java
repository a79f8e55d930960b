package io.kintsugi.scan;

import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.Evidence;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Counts by origin how shards that rows expect there were found. Only what was read tells anything
/// of whether an origin is to be trusted: what is missing, or was out of reach, is not counted.
final class Verdicts {
  private final Map<String, Verdict> byOrigin = new TreeMap<>();

  void add(String originId, Evidence evidence) {
    boolean bad = evidence == Evidence.CORRUPT || evidence == Evidence.STALE;
    if (bad || evidence == Evidence.HEALTHY) {
      byOrigin.merge(
          originId,
          new Verdict(originId, 1, bad ? 1 : 0),
          (a, b) -> new Verdict(originId, a.verified() + b.verified(), a.bad() + b.bad()));
    }
  }

  List<Verdict> list() {
    return List.copyOf(byOrigin.values());
  }
}
