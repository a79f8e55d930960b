package io.kintsugi.kernel;

/// One end of every byte stream of one verticle instance: a single registered address (the hub) on
/// which streams are told apart by number. Used on that verticle's context only.
///
/// Two ways to begin. *Push*: the sender makes an [#offer], puts [BlobSink#offer] into a question,
/// and the answerer [#accept]s it. *Pull*: the receiver makes an [#await], puts [BlobSource#ticket]
/// into a question, and the answerer [#connect]s to it.
public interface Blobs {
  /// The credit a stream of one shard gets.
  int SHARD_WINDOW_BYTES = 512 * 1024;

  /// The credit a stream of a whole object gets.
  int OBJECT_WINDOW_BYTES = 2 * 1024 * 1024;

  /// The sending end of a push. It has no credit until the offer is accepted.
  BlobSink offer();

  /// The receiving end of a push.
  BlobSource accept(BlobOffer offer, int windowBytes);

  /// The receiving end of a pull; it fails if nobody connects within the idle deadline.
  BlobSource await(int windowBytes);

  /// The sending end of a pull.
  BlobSink connect(BlobTicket ticket);
}
