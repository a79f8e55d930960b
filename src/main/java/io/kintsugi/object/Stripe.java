package io.kintsugi.object;

/// The blocks of one stripe, all k+m: 64 bytes for the head, then the cell. Data first.
final class Stripe {
  private final int number;
  private final int cellBytes;
  private final byte[][] blocks;

  Stripe(int number, int cellBytes, byte[][] blocks) {
    this.number = number;
    this.cellBytes = cellBytes;
    this.blocks = blocks;
  }

  int number() {
    return number;
  }

  int cellBytes() {
    return cellBytes;
  }

  byte[][] blocks() {
    return blocks;
  }
}
