/// The places where shards lie: enrolment, health, placement, streams, and verification next to the
/// bytes.
@NullMarked
package io.kintsugi.origin;

import org.jspecify.annotations.NullMarked;
