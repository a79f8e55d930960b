package io.kintsugi.scan;

import io.kintsugi.contract.CatalogScanContract.Issue;
import io.vertx.core.Future;
import java.util.List;

/// One look of a scan at one extent. Everything it does may be done again, so a look that broke off
/// is just repeated.
interface Look {
  /// What a look brought.
  ///
  /// @param issues but for those that were handed over on the way
  record Outcome(Figures figures, List<Issue> issues) {
    public Outcome {
      issues = List.copyOf(issues);
    }
  }

  /// A look that has not begun.
  static Look of(Errand errand, Tour.Action.Look task) {
    return switch (Extent.parse(task.extent())) {
      case Extent.Leaf(var leaf) -> new LeafLook(errand, leaf, task.objectsLeft());
      case Extent.PacksOf(var origin) -> new PacksLook(errand, origin);
      case Extent.Pack(var origin, var pack) ->
          new PackLook(errand, origin, pack, task.objectsLeft());
    };
  }

  Future<Outcome> run();

  /// Breaks off as soon as possible; what was found until then is forgotten.
  void cancel();

  /// How much of the extent was seen, 0 to 1.
  double fraction();

  long shareBytesPerSecond();
}
