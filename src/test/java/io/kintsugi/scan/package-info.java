@NullMarked
package io.kintsugi.scan;

import org.jspecify.annotations.NullMarked;
