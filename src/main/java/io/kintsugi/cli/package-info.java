/// The command line: a client of the REST and S3 edges, and the demonstration. It knows the JDK,
/// picocli and a JSON tree; everything else it learns from a node.
@NullMarked
package io.kintsugi.cli;

import org.jspecify.annotations.NullMarked;
