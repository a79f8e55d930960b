@NullMarked
package io.kintsugi.object;

import org.jspecify.annotations.NullMarked;
