/// Reed-Solomon: [io.kintsugi.erasure.Codec] turns k cells into k+m of which any k give back the
/// others, and [io.kintsugi.erasure.Kernels] says with which instructions. Knows only the JDK.
@NullMarked
package io.kintsugi.erasure;

import org.jspecify.annotations.NullMarked;
