@NullMarked
package io.kintsugi.cache;

import org.jspecify.annotations.NullMarked;
