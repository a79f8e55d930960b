@NullMarked
package io.kintsugi.journal;

import org.jspecify.annotations.NullMarked;
