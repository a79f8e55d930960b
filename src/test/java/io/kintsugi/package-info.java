@NullMarked
package io.kintsugi;

import org.jspecify.annotations.NullMarked;
