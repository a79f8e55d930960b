/// In which order origins are turned to: one answer for all who choose among them.
@NullMarked
package io.kintsugi.route;

import org.jspecify.annotations.NullMarked;
