/// The node: reads its configuration, starts Vert.x, deploys the verticles.
@NullMarked
package io.kintsugi;

import org.jspecify.annotations.NullMarked;
