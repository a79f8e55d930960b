@NullMarked
package io.kintsugi.format;

import org.jspecify.annotations.NullMarked;
