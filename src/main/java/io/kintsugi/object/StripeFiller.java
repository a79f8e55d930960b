package io.kintsugi.object;

import io.kintsugi.format.Striping;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/// Cuts the bytes of a segment, as they come, into stripes.
final class StripeFiller {
  private final Striping striping;
  private int number;
  private int filledBytes;
  private @Nullable Stripe current;

  StripeFiller(Striping striping) {
    this.striping = striping;
  }

  /// Takes bytes up to the end of the current stripe.
  ///
  /// @return how many were taken; 0 when the segment is full
  int take(Buffer bytes, int from) {
    if (number == striping.stripes()) {
      return 0;
    }
    var stripe = current == null ? begin() : current;
    int total = Math.min(bytes.length() - from, striping.stripeBytes(number) - filledBytes);
    for (int taken = 0; taken < total; ) {
      int cell = filledBytes / stripe.cellBytes();
      int at = filledBytes % stripe.cellBytes();
      int length = Math.min(total - taken, stripe.cellBytes() - at);
      int begin = from + taken;
      bytes.getBytes(begin, begin + length, stripe.blocks()[cell], Striping.HEAD_BYTES + at);
      taken += length;
      filledBytes += length;
    }
    return total;
  }

  /// The current stripe if it is full; the next one begins then.
  @Nullable Stripe poll() {
    var stripe = current;
    if (stripe == null || filledBytes < striping.stripeBytes(number)) {
      return null;
    }
    current = null;
    filledBytes = 0;
    number++;
    return stripe;
  }

  boolean isFull() {
    return number == striping.stripes();
  }

  private Stripe begin() {
    int cellBytes = striping.cellBytes(number);
    var blocks = new byte[striping.geometry().n()][Striping.HEAD_BYTES + cellBytes];
    var stripe = new Stripe(number, cellBytes, blocks);
    current = stripe;
    return stripe;
  }
}
