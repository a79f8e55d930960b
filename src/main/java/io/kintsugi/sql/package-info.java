@NullMarked
package io.kintsugi.sql;

import org.jspecify.annotations.NullMarked;
