@NullMarked
package io.kintsugi.erasure;

import org.jspecify.annotations.NullMarked;
