package io.kintsugi.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// The programs and the device that mounts need.
final class Fuse {
  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final long UNMOUNT_SECONDS = 20;

  private Fuse() {}

  /// Fails with what to install if the machine cannot mount anything.
  static void require() {
    var missing =
        List.of("rclone", "fusermount3").stream().filter(program -> !isThere(program)).toList();
    if (!missing.isEmpty()) {
      throw new ApiFailure(
          "AMISS",
          String.join(" and ", missing)
              + (missing.size() == 1 ? " is" : " are")
              + " missing; on Debian: apt-get install rclone fuse3");
    }
    if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
      throw new ApiFailure(
          "AMISS",
          "this account cannot open "
              + DEVICE
              + "; load the kernel's module with 'modprobe fuse', or start the container with"
              + " '--device /dev/fuse --cap-add SYS_ADMIN'");
    }
  }

  private static boolean isThere(String program) {
    var path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Arrays.stream(path.split(":", -1))
        .filter(folder -> !folder.isEmpty())
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /// Takes a mount away; what was said against it, empty if it is gone.
  ///
  /// @param lazy also while somebody uses it: it goes when the last one is done
  static String unmount(Path directory, boolean lazy) {
    var command = List.of("fusermount3", lazy ? "-uz" : "-u", directory.toString());
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      if (!process.waitFor(UNMOUNT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "fusermount3 does not end";
      }
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.exitValue() == 0 ? "" : said.strip();
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
