package io.kintsugi.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;

/// A folder of this machine, mounted by sshfs: a real remote mount, which can be slowed and frozen.
///
/// It lies in a folder of its own, which nobody else lists: whoever looked at it while it is frozen
/// would be frozen too.
public final class SshfsMount implements AutoCloseable {
  private static final String SERVER = "/usr/lib/openssh/sftp-server";
  private static final int PIECE_BYTES = 64 * 1024;
  private static final int POLL_MILLIS = 20;
  private static final int POLLS_MAX = 500;

  private final Path folder;
  private final Path path;
  private final Process server;
  private final Process client;
  private final DelayQueue<Piece> answers = new DelayQueue<>();
  private volatile long delayMillis;

  /// Bytes of the server that are due some time later; none at its end.
  private static final class Piece implements Delayed {
    private final byte[] bytes;
    private final long dueNanos;

    Piece(byte[] bytes, long dueNanos) {
      this.bytes = bytes;
      this.dueNanos = dueNanos;
    }

    byte[] bytes() {
      return bytes;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(dueNanos, ((Piece) other).dueNanos);
    }
  }

  private SshfsMount(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    path = Files.createDirectory(folder.resolve("mount"));
    var source = Files.createDirectory(folder.resolve("source"));
    server = new ProcessBuilder(SERVER, "-e").redirectError(log("server")).start();
    client =
        new ProcessBuilder(
                "sshfs",
                "-f",
                "-o",
                "passive,direct_io,dir_cache=no",
                ":" + source,
                path.toString())
            .redirectError(log("client"))
            .start();
    Thread.ofPlatform().daemon().name("sshfs-asks").start(this::ask);
    Thread.ofPlatform().daemon().name("sshfs-takes").start(this::take);
    Thread.ofPlatform().daemon().name("sshfs-answers").start(this::answer);
    awaitMount();
  }

  private ProcessBuilder.Redirect log(String name) {
    return ProcessBuilder.Redirect.to(folder.resolve(name + ".log").toFile());
  }

  /// Mounts an empty folder.
  public static SshfsMount mount() throws IOException, InterruptedException {
    return new SshfsMount(Files.createTempDirectory("kintsugi-sshfs"));
  }

  public Path path() {
    return path;
  }

  /// From now on each answer comes so much later.
  public void slow(long millis) {
    delayMillis = millis;
  }

  /// Whoever asks anything of it waits until it thaws.
  public void freeze() throws IOException, InterruptedException {
    signal("STOP");
  }

  public void thaw() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(client.pid())).start().waitFor();
  }

  /// The kernel's list of mounts is read, never the mount.
  private boolean isMounted() throws IOException {
    return Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + path + " ");
  }

  private void awaitMount() throws IOException, InterruptedException {
    for (int i = 0; i < POLLS_MAX && !isMounted(); i++) {
      if (client.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new IOException("sshfs: " + Files.readString(folder.resolve("client.log")));
      }
    }
  }

  private void ask() {
    try (var from = client.getInputStream();
        var to = server.getOutputStream()) {
      pump(from, to);
    } catch (IOException e) {
      server.destroy();
    }
  }

  private static void pump(InputStream from, OutputStream to) throws IOException {
    var bytes = new byte[PIECE_BYTES];
    for (int read = from.read(bytes); read >= 0; read = from.read(bytes)) {
      to.write(bytes, 0, read);
      to.flush();
    }
  }

  private void take() {
    var bytes = new byte[PIECE_BYTES];
    long last = 0;
    try (var from = server.getInputStream()) {
      for (int read = from.read(bytes); read >= 0; read = from.read(bytes)) {
        // In order, also when it has just become quicker.
        last = Math.max(last + 1, System.nanoTime() + delayMillis * 1_000_000);
        answers.add(new Piece(Arrays.copyOf(bytes, read), last));
      }
    } catch (IOException e) {
      client.destroy();
    }
    answers.add(new Piece(new byte[0], last + 1));
  }

  private void answer() {
    try (var to = client.getOutputStream()) {
      for (var piece = answers.take(); piece.bytes().length > 0; piece = answers.take()) {
        to.write(piece.bytes());
        to.flush();
      }
    } catch (IOException e) {
      client.destroy();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      delayMillis = 0;
      thaw();
      new ProcessBuilder("fusermount3", "-u", "-z", path.toString()).start().waitFor();
      client.waitFor(5, TimeUnit.SECONDS);
      client.destroyForcibly().waitFor();
      server.destroyForcibly().waitFor();
      if (!isMounted()) {
        try (var files = Files.walk(folder)) {
          for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
