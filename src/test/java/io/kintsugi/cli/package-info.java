@NullMarked
package io.kintsugi.cli;

import org.jspecify.annotations.NullMarked;
