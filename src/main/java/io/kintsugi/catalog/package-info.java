/// The PostgreSQL truth: buckets, objects and where their shards lie, uploads, the heal queue,
/// scans, origins and policies. Every change is one transaction that also writes a change row.
@NullMarked
package io.kintsugi.catalog;

import org.jspecify.annotations.NullMarked;
