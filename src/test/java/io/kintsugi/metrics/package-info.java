@NullMarked
package io.kintsugi.metrics;

import org.jspecify.annotations.NullMarked;
