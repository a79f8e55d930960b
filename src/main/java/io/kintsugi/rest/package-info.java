/// The edge for people and programs: system, scans, heals, policies, buckets, origins and metrics
/// over HTTP. It only translates; whatever it tells it has asked on the bus.
@NullMarked
package io.kintsugi.rest;

import org.jspecify.annotations.NullMarked;
