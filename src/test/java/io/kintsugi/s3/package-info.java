@NullMarked
package io.kintsugi.s3;

import org.jspecify.annotations.NullMarked;
