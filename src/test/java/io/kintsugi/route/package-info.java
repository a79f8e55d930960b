@NullMarked
package io.kintsugi.route;

import org.jspecify.annotations.NullMarked;
