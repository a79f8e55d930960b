package io.kintsugi.heal;

import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.kernel.Pure;
import org.jspecify.annotations.Nullable;

/// A task that this healer works on, under the session that claimed it.
@Pure
record Claim(HealTask task, String owner) {
  /// How a claim ended.
  ///
  /// @param word healed, healthy, retry, unrecoverable, gone or interrupted; `lost` if it is
  ///   somebody else's now
  /// @param verified every block of every shard was seen
  record End(
      String word,
      @Nullable HealResult result,
      @Nullable String reason,
      long retryMillis,
      boolean verified,
      long bytesWritten) {
    static final String HEALED = "healed";
    static final String HEALTHY = "healthy";
    static final String RETRY = "retry";
    static final String UNRECOVERABLE = "unrecoverable";
    static final String GONE = "gone";
    static final String INTERRUPTED = "interrupted";
    static final String LOST = "lost";

    static End retry(String reason, long millis, long bytesWritten) {
      return new End(RETRY, null, reason, millis, false, bytesWritten);
    }

    static End of(String word, String reason) {
      return new End(word, null, reason, 0, false, 0);
    }

    int shardsRepaired() {
      return result == null ? 0 : result.shardsRepaired();
    }
  }

  static final String EMERGENCY = "Emergency";

  /// Causes that are no damage in themselves.
  static final String ABSENT = "absent";

  static final String SURPLUS = "surplus";
  static final String RELAY = "relay";
  static final String DRAIN = "drain";
  static final String REBALANCE = "rebalance";

  boolean isEmergency() {
    return task.mode().equals(EMERGENCY);
  }

  /// Nothing was reported: every shard is to be looked at.
  boolean isCheckOfAll() {
    return task.known().isEmpty() && !isSurplus() && !isRelay() && !isMove();
  }

  /// It is there to write the segment anew with its bucket's full layout.
  boolean isRelay() {
    return task.cause().equals(RELAY);
  }

  /// It is there to bring sound shards elsewhere.
  boolean isMove() {
    return task.cause().equals(DRAIN) || isRebalance();
  }

  /// It is there to bring a shard from a full origin to an empty one.
  boolean isRebalance() {
    return task.cause().equals(REBALANCE);
  }

  /// It is there to drop what is there twice.
  boolean isSurplus() {
    return task.cause().equals(SURPLUS);
  }

  /// It is there to add what is absent.
  boolean isForAbsent() {
    return task.cause().equals(ABSENT);
  }
}
