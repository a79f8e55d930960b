@NullMarked
package io.kintsugi.web;

import org.jspecify.annotations.NullMarked;
