package io.kintsugi.kernel;

/// A published fact: any number of listeners, at most once, no reply. Events are hints; what must
/// happen is a row in the catalog.
///
/// @param address `<feature>.event.<noun-participled>.v<major>`
public record Topic<E extends Record>(String address, Class<E> type) {}
