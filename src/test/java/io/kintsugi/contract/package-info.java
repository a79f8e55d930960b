@NullMarked
package io.kintsugi.contract;

import org.jspecify.annotations.NullMarked;
