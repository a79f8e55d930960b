package io.kintsugi.mirror;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a place tells of a file without reading it. A recipe is that of a file as long as the file
/// bears the stamp that it bore when it was cut.
///
/// @param tag compared, never understood; null where a place tells none
public record Stamp(long sizeBytes, Instant modified, @Nullable String tag) {}
