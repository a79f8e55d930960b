/// The data path: cuts bodies into shards, puts them on origins, and reads them back verified.
@NullMarked
package io.kintsugi.object;

import org.jspecify.annotations.NullMarked;
