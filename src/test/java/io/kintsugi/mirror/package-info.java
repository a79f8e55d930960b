@NullMarked
package io.kintsugi.mirror;

import org.jspecify.annotations.NullMarked;
