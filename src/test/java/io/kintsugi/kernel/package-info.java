@NullMarked
package io.kintsugi.kernel;

import org.jspecify.annotations.NullMarked;
