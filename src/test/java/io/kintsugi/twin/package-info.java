/// Stand-ins, in memory, for the neighbours of the scanner and the healer. The shards they hold are
/// real: made by the codec, in the format, and judged by its checker.
@NullMarked
package io.kintsugi.twin;

import org.jspecify.annotations.NullMarked;
