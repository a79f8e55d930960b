package io.kintsugi.bench;

import java.io.InputStream;

/// A piece again and again up to an end, each time with its number over its first eight bytes.
final class RepeatedBytes extends InputStream {
  private final byte[] piece;
  private final long end;
  private long at;

  /// @param from a multiple of the piece's length
  RepeatedBytes(byte[] piece, long from, long end) {
    this.piece = piece.clone();
    at = from;
    this.end = end;
  }

  @Override
  public int read() {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int wanted) {
    if (at == end) {
      return -1;
    }
    int from = (int) (at % piece.length);
    if (from == 0) {
      number(at / piece.length);
    }
    int given = (int) Math.min(Math.min(wanted, piece.length - from), end - at);
    System.arraycopy(piece, from, target, offset, given);
    at += given;
    return given;
  }

  private void number(long number) {
    for (int i = 0; i < Long.BYTES; i++) {
      piece[i] = (byte) (number >>> 8 * i);
    }
  }
}
