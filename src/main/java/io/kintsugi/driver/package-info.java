/// The kinds of origin behind one blocking port. It knows names and bytes, nothing of shards.
@NullMarked
package io.kintsugi.driver;

import org.jspecify.annotations.NullMarked;
