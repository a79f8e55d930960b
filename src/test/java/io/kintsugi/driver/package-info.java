@NullMarked
package io.kintsugi.driver;

import org.jspecify.annotations.NullMarked;
