/// What lies on an origin, to the byte: striping, shard header, blocks, footer and manifest, names,
/// markers and keys. Pure and immutable but for the running digest and the checker; knows only the
/// JDK. The reference is `docs/format.md`.
@NullMarked
package io.kintsugi.format;

import org.jspecify.annotations.NullMarked;
