@NullMarked
package io.kintsugi.collect;

import org.jspecify.annotations.NullMarked;
