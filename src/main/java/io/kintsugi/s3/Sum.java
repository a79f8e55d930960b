package io.kintsugi.s3;

import io.kintsugi.kernel.Pure;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/// A running sum over bytes, whichever family it is of.
@Pure
sealed interface Sum {
  void update(byte[] bytes, int from, int length);

  /// The sum as bytes, big-endian. Asked once.
  byte[] value();

  record Digest(MessageDigest digest) implements Sum {
    @Override
    public void update(byte[] bytes, int from, int length) {
      digest.update(bytes, from, length);
    }

    @Override
    public byte[] value() {
      return digest.digest();
    }
  }

  record Crc(Checksum crc, int widthBytes) implements Sum {
    @Override
    public void update(byte[] bytes, int from, int length) {
      crc.update(bytes, from, length);
    }

    @Override
    public byte[] value() {
      var all = ByteBuffer.allocate(Long.BYTES).putLong(crc.getValue()).array();
      return Arrays.copyOfRange(all, Long.BYTES - widthBytes, Long.BYTES);
    }
  }

  /// The checksums that S3 knows by a header `x-amz-checksum-<name>`.
  enum Kind {
    CRC32("crc32", 4),
    CRC32C("crc32c", 4),
    CRC64NVME("crc64nvme", 8),
    SHA1("sha1", 20),
    SHA256("sha256", 32);

    private final String word;
    private final int widthBytes;

    Kind(String word, int widthBytes) {
      this.word = word;
      this.widthBytes = widthBytes;
    }

    String header() {
      return "x-amz-checksum-" + word;
    }

    int widthBytes() {
      return widthBytes;
    }

    Sum start() {
      return switch (this) {
        case CRC32 -> new Crc(new CRC32(), widthBytes);
        case CRC32C -> new Crc(new CRC32C(), widthBytes);
        case CRC64NVME -> new Crc(new Crc64Nvme(), widthBytes);
        case SHA1 -> new Digest(Digests.of("SHA-1"));
        case SHA256 -> new Digest(Digests.of("SHA-256"));
      };
    }
  }
}
