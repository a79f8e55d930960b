@NullMarked
package io.kintsugi.heal;

import org.jspecify.annotations.NullMarked;
