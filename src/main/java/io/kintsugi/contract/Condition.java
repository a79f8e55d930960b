package io.kintsugi.contract;

import org.jspecify.annotations.Nullable;

/// What must be true of the current version of a key when a change is committed.
///
/// @param ifMatch an ETag without quotes, or `*` for "exists"
/// @param ifNoneMatch an ETag without quotes, or `*` for "does not exist"
public record Condition(@Nullable String ifMatch, @Nullable String ifNoneMatch) {
  public static final Condition NONE = new Condition(null, null);
}
