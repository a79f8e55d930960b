package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes the `aws-chunked` framing off a body, however it is cut on its way, and checks the
/// signature of every chunk and of the trailer. A chunk's bytes come out before its signature is
/// known to hold: whoever takes them must not let them be seen before [#finish].
@Pure
final class ChunkedBody {
  private static final int HEADER_LENGTH_MAX = 1024;
  private static final int TRAILER_LENGTH_MAX = 8192;
  private static final int SIZE_DIGITS_MAX = 15;
  private static final String CHUNK_SIGNATURE = "chunk-signature=";
  private static final String TRAILER_SIGNATURE = "x-amz-trailer-signature";

  private enum State {
    CHUNK_HEADER,
    DATA,
    CHUNK_END,
    TRAILER,
    DONE
  }

  private final @Nullable ChunkSigner signer;
  private final boolean hasTrailer;
  private final long lengthBytes;
  private final MessageDigest chunkSha256 = Digests.of("SHA-256");
  private final StringBuilder line = new StringBuilder();
  private final Map<String, String> trailer = new LinkedHashMap<>();
  private State state = State.CHUNK_HEADER;
  private long chunkLeftBytes;
  private long announcedBytes;
  private long decodedBytes;
  private int trailerLength;
  private String previousSignature;
  private String chunkSignature = "";
  private @Nullable String trailerSignature;

  /// @param signer null: chunks are not signed
  /// @param lengthBytes how long the decoded body must be
  ChunkedBody(@Nullable ChunkSigner signer, boolean hasTrailer, long lengthBytes) {
    this.signer = signer;
    this.hasTrailer = hasTrailer;
    this.lengthBytes = lengthBytes;
    previousSignature = signer == null ? "" : signer.seed();
  }

  /// Moves the payload within the first `length` bytes to their front and tells how much it is.
  int decode(byte[] bytes, int length) {
    int at = 0;
    int kept = 0;
    while (at < length) {
      if (state == State.DATA) {
        int taken = (int) Math.min(chunkLeftBytes, length - at);
        if (signer != null) {
          chunkSha256.update(bytes, at, taken);
        }
        System.arraycopy(bytes, at, bytes, kept, taken);
        at += taken;
        kept += taken;
        chunkLeftBytes -= taken;
        if (chunkLeftBytes == 0) {
          state = State.CHUNK_END;
        }
      } else {
        takeFraming((char) (bytes[at++] & 0xff));
      }
    }
    decodedBytes += kept;
    return kept;
  }

  private void takeFraming(char c) {
    switch (state) {
      case CHUNK_END -> endChunk(c);
      case DONE -> {
        if (c != '\r' && c != '\n') {
          throw incomplete("There are bytes behind the last chunk.");
        }
      }
      case CHUNK_HEADER, TRAILER -> takeLine(c);
      case DATA -> throw new IllegalStateException("data is not framing");
    }
  }

  private void endChunk(char c) {
    line.append(c);
    if (line.length() == 2) {
      if (!line.toString().equals("\r\n")) {
        throw incomplete("A chunk is not followed by a line break.");
      }
      line.setLength(0);
      checkChunk();
      state = State.CHUNK_HEADER;
    }
  }

  private void takeLine(char c) {
    if (c != '\n') {
      line.append(c);
      if (line.length() > HEADER_LENGTH_MAX) {
        throw incomplete("A line of the chunked body is too long.");
      }
      return;
    }
    int end = line.length();
    if (end > 0 && line.charAt(end - 1) == '\r') {
      end--;
    }
    var text = line.substring(0, end);
    line.setLength(0);
    if (state == State.CHUNK_HEADER) {
      beginChunk(text);
    } else {
      takeTrailer(text);
    }
  }

  private void beginChunk(String header) {
    int semicolon = header.indexOf(';');
    var digits = (semicolon < 0 ? header : header.substring(0, semicolon)).strip();
    long size = size(digits);
    var extension = semicolon < 0 ? "" : header.substring(semicolon + 1).strip();
    if (signer != null) {
      if (!extension.startsWith(CHUNK_SIGNATURE)) {
        throw S3Error.of(ErrorCode.SIGNATURE_DOES_NOT_MATCH, "A chunk bears no signature.");
      }
      chunkSignature = extension.substring(CHUNK_SIGNATURE.length());
    }
    chunkLeftBytes = size;
    if (size > 0) {
      checkLength(size);
      state = State.DATA;
    } else {
      checkChunk();
      state = State.TRAILER;
    }
  }

  /// What has come plus this chunk must fit. The bytes of earlier chunks are not all counted yet
  /// while one buffer is decoded, so the sum is kept by announcements.
  private void checkLength(long size) {
    announcedBytes += size;
    if (announcedBytes > lengthBytes) {
      throw incomplete("The body is longer than x-amz-decoded-content-length.");
    }
  }

  private static long size(String digits) {
    if (digits.isEmpty()
        || digits.length() > SIZE_DIGITS_MAX
        || !digits.chars().allMatch(HexFormat::isHexDigit)) {
      throw incomplete("The size of a chunk is not a hexadecimal number.");
    }
    return HexFormat.fromHexDigitsToLong(digits);
  }

  private void checkChunk() {
    if (signer != null) {
      var sha256 = HexFormat.of().formatHex(chunkSha256.digest());
      var expected = signer.chunk(previousSignature, sha256);
      if (!Digests.same(expected, chunkSignature)) {
        throw S3Error.of(ErrorCode.SIGNATURE_DOES_NOT_MATCH);
      }
      previousSignature = expected;
    }
  }

  private void takeTrailer(String text) {
    if (text.isEmpty()) {
      // With a trailer announced, an empty line may also stand between it and its signature.
      if (!hasTrailer || signer == null || trailerSignature != null) {
        state = State.DONE;
      }
      return;
    }
    trailerLength += text.length();
    int colon = text.indexOf(':');
    if (!hasTrailer || colon < 1 || trailerLength > TRAILER_LENGTH_MAX) {
      throw S3Error.of(ErrorCode.MALFORMED_TRAILER);
    }
    var name = text.substring(0, colon).strip().toLowerCase(Locale.ROOT);
    var value = text.substring(colon + 1).strip();
    if (name.equals(TRAILER_SIGNATURE)) {
      trailerSignature = value;
    } else if (trailer.put(name, value) != null) {
      throw S3Error.of(ErrorCode.MALFORMED_TRAILER);
    }
  }

  /// Checks that the body came to its end, and gives the trailer.
  Map<String, String> finish() {
    if ((state != State.TRAILER && state != State.DONE) || !line.isEmpty()) {
      throw incomplete("The chunked body ends too early.");
    }
    if (decodedBytes != lengthBytes) {
      throw incomplete("The body is shorter than x-amz-decoded-content-length.");
    }
    if (hasTrailer && signer != null) {
      checkTrailer(signer);
    }
    return Map.copyOf(trailer);
  }

  private void checkTrailer(ChunkSigner by) {
    var text = new StringBuilder();
    trailer.forEach((name, value) -> text.append(name).append(':').append(value).append('\n'));
    var expected = by.trailer(previousSignature, Digests.sha256Hex(text.toString()));
    if (trailerSignature == null || !Digests.same(expected, trailerSignature)) {
      throw S3Error.of(ErrorCode.SIGNATURE_DOES_NOT_MATCH);
    }
  }

  private static S3Error incomplete(String message) {
    return S3Error.of(ErrorCode.INCOMPLETE_BODY, message);
  }
}
