/// Federated buckets: one tree over the plain files of several origins.
@NullMarked
package io.kintsugi.tree;

import org.jspecify.annotations.NullMarked;
