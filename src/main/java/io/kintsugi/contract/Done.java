package io.kintsugi.contract;

/// An answer that says only that it was done.
public record Done() {}
