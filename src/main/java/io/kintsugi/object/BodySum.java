package io.kintsugi.object;

import io.kintsugi.format.Striping;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The running MD5 of a body, over all its segments: it is the object's ETag. It runs beside the
/// coding, because it alone takes as long as all of that.
final class BodySum {
  private final Chain chain;
  private final MessageDigest md5 = newMd5();

  BodySum(World world) {
    chain = new Chain(world);
  }

  /// Adds the data of a stripe, whose data cells must be full.
  Future<Void> add(Striping striping, Stripe stripe) {
    return chain.then(
        striping.stripeBytes(stripe.number()),
        () -> {
          for (int shard = 0; shard < striping.geometry().k(); shard++) {
            md5.update(
                stripe.blocks()[shard],
                Striping.HEAD_BYTES,
                striping.dataBytes(stripe.number(), shard));
          }
          return null;
        });
  }

  /// Adds bytes that nobody changes any more.
  Future<Void> add(byte[] bytes) {
    return chain.then(
        bytes.length,
        () -> {
          md5.update(bytes);
          return null;
        });
  }

  /// Ends the sum: 32 lower-case hexadecimal digits.
  Future<String> finish() {
    return chain.then(0, () -> HexFormat.of().formatHex(md5.digest()));
  }

  private static MessageDigest newMd5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no MD5", e);
    }
  }
}
