package io.kintsugi.catalog;

/// Two transactions met in a way that the database does not call a collision: the one who sees it
/// begins again.
final class Collision extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Collision() {
    super("met another transaction", null, false, false);
  }
}
