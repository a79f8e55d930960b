/// What people want of scanning and healing: validated, versioned, kept in the catalog, applied at
/// once.
@NullMarked
package io.kintsugi.policy;

import org.jspecify.annotations.NullMarked;
