/// The right to write: one session per holder and process life, its lease, and the ids drawn under
/// it.
@NullMarked
package io.kintsugi.session;

import org.jspecify.annotations.NullMarked;
