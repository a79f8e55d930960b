/// Looking at every shard again and again, and saying what is wrong: the roots of repair.
@NullMarked
package io.kintsugi.scan;

import org.jspecify.annotations.NullMarked;
