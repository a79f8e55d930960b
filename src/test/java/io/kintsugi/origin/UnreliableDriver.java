package io.kintsugi.origin;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A place whose writes fail now and then, or all from some step on as if the power had gone, and
/// that knows what would be left after a loss of power: nothing but what a flush that succeeded
/// covers. What a failed flush should have written is lost though later flushes succeed, as with a
/// real disk.
final class UnreliableDriver extends ForwardingDriver {
  private final Random random;
  private final double failureShare;
  private final int lastStep;
  private int steps;
  private final Map<String, Image> packs = new HashMap<>();
  private boolean folderMade;
  private boolean folderKept;

  /// One pack: what was written since the last flush, and what would survive.
  private static final class Image {
    private final Map<Long, byte[]> pending = new HashMap<>();
    private final Map<Long, byte[]> kept = new HashMap<>();
    private boolean nameKept;
  }

  UnreliableDriver(Driver real, Random random, double failureShare, int lastStep) {
    super(real);
    this.random = random;
    this.failureShare = failureShare;
    this.lastStep = lastStep;
  }

  /// Whether these bytes would be found there after a loss of power.
  synchronized boolean survives(String pack, long offset, byte[] bytes) {
    var image = packs.get(pack);
    if (image == null || !image.nameKept || !folderKept) {
      return false;
    }
    var found = new byte[bytes.length];
    image.kept.forEach((position, piece) -> {
      for (int i = 0; i < piece.length; i++) {
        long at = position + i - offset;
        if (at >= 0 && at < found.length) {
          found[(int) at] = piece[i];
        }
      }
    });
    return Arrays.equals(found, bytes);
  }

  private void step(String name) throws DriverException {
    steps++;
    if (steps > lastStep || random.nextDouble() < failureShare) {
      throw new DriverException(new Fault.Io(name, "Input/output error"));
    }
  }

  @Override
  public synchronized Appending createAppending(String name) throws DriverException {
    step(name);
    var file = super.createAppending(name);
    folderMade = true;
    var image = new Image();
    packs.put(name, image);
    return new Appending() {
      @Override
      public void write(ByteBuffer bytes, long position) throws DriverException {
        synchronized (UnreliableDriver.this) {
          step(name);
          var piece = new byte[bytes.remaining()];
          bytes.duplicate().get(piece);
          file.write(bytes, position);
          image.pending.put(position, piece);
        }
      }

      @Override
      public void flush() throws DriverException {
        synchronized (UnreliableDriver.this) {
          var pending = Map.copyOf(image.pending);
          image.pending.clear();
          step(name);
          file.flush();
          image.kept.putAll(pending);
        }
      }

      @Override
      public void close() throws DriverException {
        file.close();
      }
    };
  }

  @Override
  public synchronized void flushFolder(String folder) throws DriverException {
    step(folder);
    super.flushFolder(folder);
    if (folder.equals("packs")) {
      packs.values().forEach(image -> image.nameKept = true);
    }
    if (folder.isEmpty() && folderMade) {
      folderKept = true;
    }
  }

  /// How many steps there were.
  synchronized int steps() {
    return steps;
  }

  synchronized List<String> packs() {
    return List.copyOf(packs.keySet());
  }
}
