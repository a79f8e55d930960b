@NullMarked
package io.kintsugi.tree;

import org.jspecify.annotations.NullMarked;
