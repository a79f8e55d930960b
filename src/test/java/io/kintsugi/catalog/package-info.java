@NullMarked
package io.kintsugi.catalog;

import org.jspecify.annotations.NullMarked;
