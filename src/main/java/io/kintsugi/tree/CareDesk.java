package io.kintsugi.tree;

import io.kintsugi.contract.Subsystem;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeCareContract.Damage;
import io.kintsugi.contract.TreeCareContract.TreeCare;
import io.kintsugi.contract.TreeContract.Tree;
import io.vertx.core.Future;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Answers how the copies in trees fare, and what is being done for them.
final class CareDesk {
  private static final int TOLD_MAX = 3;

  private final Trees trees;
  private final Verifier verifier;
  private final Mender mender;
  private final Rots rots;
  private final Equalizer equalizer;

  CareDesk(Trees trees, Verifier verifier, Mender mender, Rots rots, Equalizer equalizer) {
    this.trees = trees;
    this.verifier = verifier;
    this.mender = mender;
    this.rots = rots;
    this.equalizer = equalizer;
  }

  void open() {
    var bus = trees.world().bus();
    bus.answer(
        TreeCareContract.VERIFY_TREE,
        question ->
            trees
                .forest()
                .find(question.bucket())
                .compose(tree ->
                    verifier
                        .verify(tree)
                        .map(_ -> {
                          mender.hasten();
                          equalizer.hasten(tree);
                          return care(tree);
                        })));
    bus.answer(
        TreeCareContract.GET_TREE_CARE,
        question -> trees.forest().find(question.bucket()).map(this::care));
    bus.answer(TreeCareContract.STATUS, _ -> Future.succeededFuture(status()));
  }

  private TreeCare care(Tree tree) {
    return new TreeCare(
        verifier.told(tree), verifier.due(tree), damages(tree), equalizer.told(tree));
  }

  private List<Damage> damages(Tree tree) {
    return rots.all().stream()
        .filter(damage ->
            trees.of(damage.originId(), damage.path()).stream()
                .anyMatch(place -> place.tree().name().equals(tree.name())))
        .toList();
  }

  private Subsystem status() {
    var word =
        mender.isBusy() || equalizer.isBusy() ? "Healing" : verifier.isBusy() ? "Scanning" : "Idle";
    return new Subsystem("trees", word, trees.world().clock().instant(), complaint());
  }

  /// Rot in files that no tree shows is nobody's here.
  private @Nullable String complaint() {
    var shown =
        rots.all().stream()
            .filter(damage -> !trees.of(damage.originId(), damage.path()).isEmpty())
            .toList();
    if (shown.isEmpty()) {
      return null;
    }
    var some =
        shown.stream()
            .limit(TOLD_MAX)
            .map(damage -> "%s:%s %s".formatted(damage.originId(), damage.path(), damage.state()))
            .collect(Collectors.joining(", "));
    return shown.size() + " rotten copies: " + some + (shown.size() > TOLD_MAX ? ", ..." : "");
  }
}
