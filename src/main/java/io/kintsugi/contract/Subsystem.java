package io.kintsugi.contract;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How one part of the node is: a word of Idle, Scanning, Healing, Running, Paused, Stopped,
/// Failed.
public record Subsystem(
    String name, String status, Instant lastCheck, @Nullable String errorMessage) {
  /// The question for it.
  public record Ask() {}
}
