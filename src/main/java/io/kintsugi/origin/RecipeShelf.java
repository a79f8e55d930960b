package io.kintsugi.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.kintsugi.driver.Driver;
import io.kintsugi.driver.DriverException;
import io.kintsugi.driver.Fault;
import io.kintsugi.mirror.RecipeRecord;
import io.kintsugi.mirror.RecipeRecord.Decoded;
import io.kintsugi.mirror.Stamp;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The recipes of files, kept on the origin where the files lie, under the SHA-256 of the path.
/// Each is believed only while its file bears the stamp that stands in it, and may be lost at any
/// time. Its methods block.
final class RecipeShelf {
  static final String FOLDER = PlainFiles.OWN + "-recipes";
  private static final Logger LOG = LoggerFactory.getLogger(RecipeShelf.class);

  /// What was found.
  ///
  /// @param recipe null if none is kept that can be believed
  record Found(@Nullable RecipeRecord recipe, long readBytes) {
    static final Found NOTHING = new Found(null, 0);
  }

  private RecipeShelf() {}

  static String name(String path) {
    return FOLDER + "/" + digest(path);
  }

  /// The SHA-256 of a text, hex.
  static String digest(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static Found find(Driver driver, String path, Stamp stamp) throws DriverException {
    byte[] bytes;
    try {
      long size = driver.sizeOf(name(path));
      if (size <= 0 || size > RecipeRecord.bytesMax(stamp.sizeBytes())) {
        return Found.NOTHING;
      }
      bytes = driver.readSmall(name(path), Math.toIntExact(size));
    } catch (DriverException e) {
      if (e.fault() instanceof Fault.NotFound) {
        return Found.NOTHING;
      }
      throw e;
    }
    return switch (RecipeRecord.decode(bytes)) {
      case Decoded.Sound(var kept) ->
          new Found(
              kept.path().equals(path) && kept.stamp().equals(stamp) ? kept : null, bytes.length);
      case Decoded.Unreadable(var why) -> {
        LOG.warn("the recipe of path={} cannot be read: {}", path, why);
        yield new Found(null, bytes.length);
      }
    };
  }

  /// Keeps a recipe, if it can: without one a file is read once more, and nothing worse.
  ///
  /// @return how many bytes were written
  static long keep(Driver driver, RecipeRecord recipe) {
    var bytes = recipe.encode();
    try (var file = driver.createReplacing(name(recipe.path()), bytes.length)) {
      file.write(ByteBuffer.wrap(bytes));
      file.publish();
      return bytes.length;
    } catch (DriverException e) {
      LOG.info("the recipe of path={} is not kept: {}", recipe.path(), e.fault().text());
      return 0;
    }
  }

  static void forget(Driver driver, String path) throws DriverException {
    driver.remove(name(path));
  }
}
