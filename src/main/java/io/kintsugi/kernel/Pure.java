package io.kintsugi.kernel;

/// Marks a type whose answers depend on its arguments alone: no Vert.x, no files, no clock.
public @interface Pure {}
