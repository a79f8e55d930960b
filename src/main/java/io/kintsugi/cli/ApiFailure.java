package io.kintsugi.cli;

/// Why a command could not do what it was asked to, in a sentence for the one who asked.
final class ApiFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String code;

  ApiFailure(String code, String message) {
    super(message);
    this.code = code;
  }

  ApiFailure(String code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /// The code of the node's answer, or NO_NODE where none answered.
  String code() {
    return code;
  }
}
