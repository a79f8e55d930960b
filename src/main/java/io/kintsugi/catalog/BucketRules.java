package io.kintsugi.catalog;

import io.kintsugi.contract.CatalogContract.ChangeBucket;
import io.kintsugi.contract.Layout;
import io.kintsugi.kernel.Pure;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a bucket may be called, and how it is kept unless somebody says otherwise.
@Pure
final class BucketRules {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

  /// Host names have none of these, and buckets are to be parts of some.
  private static final Pattern NO_HOST = Pattern.compile("\\.\\.|\\.-|-\\.");

  private static final Pattern IPV4 = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

  /// Buckets of the system's own: no client can make or see another that begins like them.
  private static final Set<String> SYSTEM = Set.of(".blocks", ".trees");

  private static final Set<String> CLASSES = Set.of("critical", "important", "standard");
  private static final Set<String> SHORTAGES = Set.of("degrade", "refuse");
  private static final Set<String> STRATEGIES =
      Set.of(
          "RoundRobin",
          "SizeBased",
          "LeastLoaded",
          "CostAware",
          "LatencyAware",
          "Replicated",
          "ConsistentHash");

  private BucketRules() {}

  static Layout layoutFor(int originCount) {
    return switch (originCount) {
      case 0, 1 -> new Layout(1, 0);
      case 2 -> new Layout(1, 1);
      case 3 -> new Layout(2, 1);
      case 4 -> new Layout(2, 2);
      case 5 -> new Layout(3, 2);
      case 6, 7 -> new Layout(4, 2);
      default -> new Layout(6, 2);
    };
  }

  static @Nullable String warning(Layout layout) {
    return layout.m() == 0 ? layout + " survives no loss" : null;
  }

  static void requireName(String name) {
    boolean good =
        SYSTEM.contains(name)
            || (NAME.matcher(name).matches()
                && !NO_HOST.matcher(name).find()
                && !IPV4.matcher(name).matches());
    if (!good) {
      throw Ids.invalid(
          "a bucket's name is 3 to 63 of a-z, 0-9, '.' and '-', begins and ends with a letter or"
              + " digit, as does what is between dots, and is no IP address");
    }
  }

  static void requireClass(String bucketClass) {
    requireOneOf("class", bucketClass, CLASSES);
  }

  static void requireChange(ChangeBucket change) {
    Versioning.requireWord(change.versioning());
    if (change.bucketClass() != null) {
      requireClass(change.bucketClass());
    }
    if (change.strategy() != null) {
      requireOneOf("strategy", change.strategy(), STRATEGIES);
    }
    if (change.onShortage() != null) {
      requireOneOf("on_shortage", change.onShortage(), SHORTAGES);
    }
  }

  private static void requireOneOf(String what, String word, Set<String> words) {
    if (!words.contains(word)) {
      throw Ids.invalid(what + " must be one of " + words.stream().sorted().toList());
    }
  }
}
