@NullMarked
package io.kintsugi.policy;

import org.jspecify.annotations.NullMarked;
