/// Copies of objects that were read, on the node's own disk, served while no origin answers.
@NullMarked
package io.kintsugi.cache;

import org.jspecify.annotations.NullMarked;
