/// Mending what is damaged, from verified shards alone, and never over anything that is there.
@NullMarked
package io.kintsugi.heal;

import org.jspecify.annotations.NullMarked;
