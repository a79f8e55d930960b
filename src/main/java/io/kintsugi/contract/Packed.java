package io.kintsugi.contract;

/// Where in a pack a shard lies: a file that many small shards share, each as header, blocks and
/// footer without the gap that a file of its own has behind the header.
///
/// @param pack `packs/<session id>-<n>`
/// @param offset of its header in the pack, a multiple of 64
/// @param sizeBytes of the shard there
public record Packed(String pack, long offset, long sizeBytes) {}
