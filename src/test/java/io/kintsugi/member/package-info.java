@NullMarked
package io.kintsugi.member;

import org.jspecify.annotations.NullMarked;
