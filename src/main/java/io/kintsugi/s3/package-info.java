/// The S3 protocol, as the clients that people already own speak it. It checks who asks and that
/// the bytes are the ones that were meant, and passes everything on over the bus; it keeps nothing.
@NullMarked
package io.kintsugi.s3;

import org.jspecify.annotations.NullMarked;
