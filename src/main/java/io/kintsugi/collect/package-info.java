/// Gives back the space of what nobody needs any more, origin by origin, and brakes where too much
/// is found damaged. The catalog judges; this feature carries out.
@NullMarked
package io.kintsugi.collect;

import org.jspecify.annotations.NullMarked;
