package io.kintsugi.node;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A few file systems in memory, small enough to be filled. They are mounted in a mount namespace
/// of their own, which ends with the process that holds it, so nothing stays mounted whatever
/// becomes of the tests. What is to see them is started [#through] it.
final class SmallDisks implements AutoCloseable {
  private static final String FILLER = "filler";
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int PAGE_BYTES = 4096;

  private static final String MOUNT =
      "for disk; do mount -t tmpfs -o size=\"$0\" tmpfs \"$disk\" || exit 1; done;"
          + " echo mounted; exec cat";

  /// Root does without a user namespace; everybody else needs one.
  private static final List<List<String>> WAYS = List.of(List.of("-m"), List.of("-r", "-m"));

  private final Path folder;
  private final Process holder;
  private final boolean asAnotherUser;

  private SmallDisks(Path folder, Process holder, boolean asAnotherUser) {
    this.folder = folder;
    this.holder = holder;
    this.asAnotherUser = asAnotherUser;
  }

  /// Mounts `disk-1` to `disk-<count>` in a folder.
  static SmallDisks mount(Path folder, int count, long bytesEach) throws IOException {
    var places = new ArrayList<String>();
    for (int disk = 1; disk <= count; disk++) {
      places.add(Files.createDirectories(folder.resolve("disk-" + disk)).toString());
    }
    var refusals = new ArrayList<String>();
    for (var way : WAYS) {
      var command = new ArrayList<>(List.of("unshare"));
      command.addAll(way);
      command.addAll(List.of("--propagation", "private", "sh", "-c", MOUNT, "" + bytesEach));
      command.addAll(places);
      var holder = new ProcessBuilder(command).redirectErrorStream(true).start();
      var said = holder.inputReader(StandardCharsets.UTF_8).readLine();
      if ("mounted".equals(said)) {
        return new SmallDisks(folder, holder, way.contains("-r"));
      }
      holder.destroyForcibly();
      refusals.add(String.join(" ", command.subList(0, 3)) + ": " + said);
    }
    throw new AssertionError(
        "no small disk can be mounted here, so nothing can be said of full ones; run this as root"
            + " or allow user namespaces: "
            + refusals);
  }

  /// Words to put before a command, so that it runs in a folder and sees the disks.
  List<String> through(Path workDirectory) {
    var words = new ArrayList<>(List.of("nsenter", "-t", "" + holder.pid(), "-m"));
    if (asAnotherUser) {
      words.addAll(List.of("-U", "--preserve-credentials"));
    }
    words.addAll(List.of("sh", "-c", "cd \"$0\" && exec \"$@\"", workDirectory.toString()));
    return words;
  }

  /// Starts a node that has the first so many of them as its origins.
  RunningNode startNode(Path data, int count, long reserveBytes) throws IOException {
    var toml = new StringBuilder();
    for (int disk = 1; disk <= count; disk++) {
      toml.append(
          "[[origins]]\nid = \"disk-%d\"\npath = \"%s\"\nreserve_bytes = %d\n"
              .formatted(disk, place(disk), reserveBytes));
    }
    Files.writeString(data.resolve("kintsugi.toml"), toml);
    return RunningNode.start(data, through(data));
  }

  /// Where the programs that see them find them.
  Path place(int disk) {
    return folder.resolve("disk-" + disk);
  }

  /// A path that they see, as this process can reach it.
  Path inside(Path path) {
    return Path.of("/proc/" + holder.pid() + "/root" + path);
  }

  Path inside(int disk) {
    return inside(place(disk));
  }

  /// Takes all the room there is, and gives so much of it back.
  void fill(int disk, long leaveBytes) throws IOException {
    var filler = inside(disk).resolve(FILLER);
    try (var file =
        FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (int bytes = CHUNK_BYTES; bytes >= PAGE_BYTES; bytes /= 2) {
        append(file, bytes);
      }
    }
    try (var file = FileChannel.open(filler, StandardOpenOption.WRITE)) {
      file.truncate(Math.max(0, file.size() - leaveBytes));
    }
  }

  /// Until there is no room.
  private static void append(FileChannel file, int bytes) throws IOException {
    try {
      while (file.write(ByteBuffer.allocate(bytes)) > 0) {}
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  /// Gives all that was taken back.
  void free(int disk) throws IOException {
    Files.deleteIfExists(inside(disk).resolve(FILLER));
  }

  /// Bytes of all shards of a disk, finished or not.
  long shardBytes(int disk) throws IOException {
    try (var paths = Files.walk(inside(disk).resolve("objects"))) {
      long bytes = 0;
      for (var path : paths.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(path);
      }
      return bytes;
    }
  }

  /// Waits until a disk holds more than that.
  void awaitMoreThan(int disk, long bytes) {
    await("shards on disk-" + disk)
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> shardBytes(disk) > bytes);
  }

  @Override
  public void close() {
    holder.destroyForcibly();
  }
}
