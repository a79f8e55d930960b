/// Figures of the whole node: gathered from events and by asking now and then, kept for a day, told
/// as numbers or as Prometheus text.
@NullMarked
package io.kintsugi.metrics;

import org.jspecify.annotations.NullMarked;
