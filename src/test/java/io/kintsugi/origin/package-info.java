@NullMarked
package io.kintsugi.origin;

import org.jspecify.annotations.NullMarked;
