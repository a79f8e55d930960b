@NullMarked
package io.kintsugi.rest;

import org.jspecify.annotations.NullMarked;
