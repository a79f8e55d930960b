package io.kintsugi.format;

/// Feeds a [ShardChecker] from bytes that come in order and in pieces of any size. It holds one
/// block at most.
public final class ShardStream {
  private final ShardChecker checker;
  private final byte[] scratch = new byte[ShardChecker.MAX_WANT_BYTES];
  private int held;
  private long position;

  public ShardStream(ShardChecker checker) {
    this.checker = checker;
  }

  /// Takes the next bytes of the file, from its first byte on. Bytes that nobody wants are passed
  /// over.
  public void feed(byte[] source, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      var want = checker.next();
      if (want == null) {
        return;
      }
      long skipped = Math.min(end - at, want.offset() - (position - held));
      if (held == 0 && skipped > 0) {
        at += (int) skipped;
        position += skipped;
        continue;
      }
      int taken = Math.min(end - at, want.length() - held);
      System.arraycopy(source, at, scratch, held, taken);
      at += taken;
      held += taken;
      position += taken;
      if (held == want.length()) {
        hand();
      }
    }
  }

  /// The file is at its end: what is held is all there is.
  public ShardReport finish() {
    for (var want = checker.next(); want != null; want = checker.next()) {
      hand();
    }
    return checker.report();
  }

  private void hand() {
    int length = held;
    held = 0;
    checker.accept(scratch, 0, length);
  }
}
