package io.kintsugi.kernel;

/// Bytes that a sender holds ready, named in a question: the answerer takes them with
/// [Blobs#accept].
///
/// @param hub address of the sender's hub
/// @param stream number of the stream there
public record BlobOffer(String hub, long stream) {}
