package io.kintsugi.driver;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Each driver against its server's own client: one large file up and down, in turns, against the
/// same server on loopback in the same run; medians.
public final class DriverFigures {
  private static final int ROUNDS = 3;
  private static final int PIECE_BYTES = 1 << 20;

  private interface Work {
    void run() throws Exception;
  }

  private record Race(String name, Work ours, Work theirs) {}

  private final long sizeBytes;
  private final Path local;

  private DriverFigures(long sizeBytes, Path local) {
    this.sizeBytes = sizeBytes;
    this.local = local;
  }

  public static void main(String[] arguments) throws Exception {
    long mebibytes = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1024;
    var folder = Files.createTempDirectory("drivers");
    try {
      new DriverFigures(mebibytes << 20, folder.resolve("local")).run(folder);
    } finally {
      sweep(folder);
    }
  }

  private static void sweep(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private void run(Path folder) throws Exception {
    writeLocal();
    System.out.printf(
        Locale.ROOT,
        "%d MiB, java %s, %d processors, %d rounds, median MB/s%n",
        sizeBytes >> 20,
        Runtime.version(),
        Runtime.getRuntime().availableProcessors(),
        ROUNDS);
    try (var driver = new LocalDriver(Files.createDirectory(folder.resolve("root")))) {
      var copy = folder.resolve("copy").toString();
      races(driver, command("cp", local.toString(), copy), command("cp", copy, copy + "2"), "cp");
    }
    try (var server = SshServer.start(folder.resolve("ssh"));
        var driver = new SftpDriver(server.settings("root"))) {
      driver.createRoot();
      races(driver, sftp(server, "put " + local + " theirs"), sftp(server, "get theirs"), "sftp");
    }
    try (var server = SambaServer.start(folder.resolve("smb"));
        var driver = new SmbDriver(server.settings("root"))) {
      driver.createRoot();
      races(
          driver, smb(server, "put " + local + " theirs"), smb(server, "get theirs"), "smbclient");
    }
  }

  private void writeLocal() throws IOException {
    var random = new Random(1);
    var piece = new byte[PIECE_BYTES];
    try (var out = Files.newOutputStream(local)) {
      for (long at = 0; at < sizeBytes; at += PIECE_BYTES) {
        random.nextBytes(piece);
        out.write(piece);
      }
    }
  }

  private void races(Driver driver, Work put, Work get, String client) throws Exception {
    race(new Race("put against " + client, () -> put(driver), put));
    race(new Race("get against " + client, () -> get(driver), get));
  }

  private static void race(Race race) throws Exception {
    var ours = new ArrayList<Double>();
    var theirs = new ArrayList<Double>();
    for (int i = 0; i <= ROUNDS; i++) {
      double a = seconds(race.ours());
      double b = seconds(race.theirs());
      if (i > 0) {
        ours.add(a);
        theirs.add(b);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-24s %7.2f s against %7.2f s: %.2fx as fast%n",
        race.name(),
        median(ours),
        median(theirs),
        median(theirs) / median(ours));
  }

  private static double median(List<Double> values) {
    var sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static double seconds(Work work) throws Exception {
    long begin = System.nanoTime();
    work.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  /// Reads the local file, as the client does.
  private void put(Driver driver) throws Exception {
    driver.remove("ours");
    var piece = ByteBuffer.allocate(PIECE_BYTES);
    try (var in = Files.newByteChannel(local);
        var file = driver.createNew("ours", sizeBytes)) {
      while (in.read(piece.clear()) > 0) {
        file.write(piece.flip());
      }
    }
  }

  /// Writes a local file, as the client does.
  private void get(Driver driver) throws Exception {
    var target = local.resolveSibling("got");
    var piece = ByteBuffer.allocate(PIECE_BYTES);
    try (var file = driver.openRead("ours");
        var out = FileChannel.open(target, CREATE, TRUNCATE_EXISTING, WRITE)) {
      for (long at = 0; at < sizeBytes; at += piece.limit()) {
        file.read(piece.clear(), at);
        piece.flip();
        while (piece.hasRemaining()) {
          out.write(piece);
        }
      }
    }
  }

  private Work command(String... command) {
    return () -> {
      var process =
          new ProcessBuilder(command)
              .directory(local.getParent().toFile())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      var said = new String(process.getInputStream().readAllBytes());
      if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new IOException(Arrays.toString(command) + " said " + said);
      }
    };
  }

  private Work sftp(SshServer server, String line) {
    return () -> {
      var batch = local.resolveSibling("batch");
      Files.writeString(batch, "cd " + server.data() + "/root\n" + line + "\n");
      command(
              "sftp",
              "-q",
              "-b",
              batch.toString(),
              "-P",
              String.valueOf(server.port()),
              "-o",
              "IdentityFile=" + server.file("user"),
              "-o",
              "UserKnownHostsFile=" + server.file("known_hosts"),
              SshServer.USER + "@127.0.0.1")
          .run();
    };
  }

  private Work smb(SambaServer server, String line) {
    return command(
        "smbclient",
        "-m",
        "SMB3",
        "-p",
        String.valueOf(server.port()),
        "-U",
        SshServer.USER + "%" + SambaServer.PASSWORD,
        "//127.0.0.1/data",
        "-c",
        "cd root; " + line);
  }
}
