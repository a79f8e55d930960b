/// Every change of the catalog, written to the origins as well, and the way back from them.
@NullMarked
package io.kintsugi.journal;

import org.jspecify.annotations.NullMarked;
