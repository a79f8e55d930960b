/// Files as lists of chunks that their content cuts: [io.kintsugi.mirror.Cutter] finds the borders,
/// a [io.kintsugi.mirror.Recipe] names what lies between them, a [io.kintsugi.mirror.Plan] says how
/// one file becomes another. Knows only the JDK.
@NullMarked
package io.kintsugi.mirror;

import org.jspecify.annotations.NullMarked;
