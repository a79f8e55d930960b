package io.kintsugi.kernel;

/// A place where bytes are awaited, named in a question: the answerer sends them with
/// [Blobs#connect].
///
/// @param hub address of the receiver's hub
/// @param stream number of the stream there
/// @param windowBytes credit to start with
public record BlobTicket(String hub, long stream, int windowBytes) {}
