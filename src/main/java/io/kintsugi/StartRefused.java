package io.kintsugi;

/// Why a node does not start, in a sentence for the one who started it.
final class StartRefused extends RuntimeException {
  StartRefused(String message) {
    super(message);
  }

  StartRefused(String message, Throwable cause) {
    super(message, cause);
  }
}
