package io.kintsugi.driver;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.vertx.core.Vertx;
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
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Each driver against its server's own client: one large file up and down, in turns, against the
/// same server on loopback in the same run; medians. Nobody flushes. Both sign SMB by the same
/// algorithm; what its client does without is told beside it.
public final class DriverFigures {
  private static final int ROUNDS = 3;
  private static final int PIECE_BYTES = 1 << 20;

  /// As the driver's library signs.
  private static final List<String> SIGNED =
      List.of("--client-protection=sign", "--option=client smb3 signing algorithms=AES-128-CMAC");

  private static final List<String> GMAC = List.of("--client-protection=sign");
  private static final List<String> UNSIGNED = List.of("--client-protection=off");

  private interface Work {
    void run() throws Exception;
  }

  private record Race(String name, Work ours, Work theirs) {}

  private final long sizeBytes;
  private final Path local;
  private final Set<String> kinds;

  private DriverFigures(long sizeBytes, Path local, Set<String> kinds) {
    this.sizeBytes = sizeBytes;
    this.local = local;
    this.kinds = kinds;
  }

  public static void main(String[] arguments) throws Exception {
    long mebibytes = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1024;
    var folder = Files.createTempDirectory("drivers");
    try {
      var kinds = arguments.length > 1 ? arguments[1] : "local,sftp,smb,s3";
      new DriverFigures(mebibytes << 20, folder.resolve("local"), Set.of(kinds.split(",", -1)))
          .run(folder);
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
    if (kinds.contains("local")) {
      local(folder);
    }
    if (kinds.contains("sftp")) {
      sftp(folder);
    }
    if (kinds.contains("smb")) {
      smb(folder);
    }
    if (kinds.contains("s3")) {
      s3(folder);
    }
  }

  private void local(Path folder) throws Exception {
    try (var driver = new LocalDriver(Files.createDirectory(folder.resolve("root")))) {
      var copy = folder.resolve("copy").toString();
      races(driver, command("cp", local.toString(), copy), command("cp", copy, copy + "2"), "cp");
    }
  }

  private void sftp(Path folder) throws Exception {
    try (var server = SshServer.start(folder.resolve("ssh"));
        var driver = new SftpDriver(server.settings("root"))) {
      driver.createRoot();
      races(driver, sftp(server, "put " + local + " theirs"), sftp(server, "get theirs"), "sftp");
    }
  }

  private void smb(Path folder) throws Exception {
    try (var server = SambaServer.start(folder.resolve("smb"));
        var driver = new SmbDriver(server.settings("root"))) {
      driver.createRoot();
      var put = "put " + local + " theirs";
      var get = "get theirs";
      races(driver, smb(server, put, SIGNED), smb(server, get, SIGNED), "smbclient");
      for (var line : List.of(put, get)) {
        double signed = seconds(smb(server, line, GMAC));
        double bare = seconds(smb(server, line, UNSIGNED));
        System.out.printf(
            Locale.ROOT,
            "  smbclient's own %s: signed by GMAC %.2f s, unsigned %.2f s%n",
            line.substring(0, 3),
            signed,
            bare);
      }
    }
  }

  private void s3(Path folder) throws Exception {
    var vertx = Vertx.vertx();
    try (var server = S3Servers.proxy(Files.createDirectory(folder.resolve("s3")));
        var driver = new S3Driver(vertx, server.settings("root/"))) {
      driver.createRoot();
      races(driver, aws(server, local, "s3"), aws(server, "s3", folder.resolve("aws")), "aws");
      races(driver, rclone(server, true), rclone(server, false), "rclone");
    } finally {
      vertx.close().await();
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
    var piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    try (var in = Files.newByteChannel(local);
        var file = driver.createNew("ours", sizeBytes)) {
      while (in.read(piece.clear()) > 0) {
        file.write(piece.flip());
      }
      if (!driver.canAppend()) {
        // An object is there only once it is whole.
        file.flush();
      }
    }
  }

  /// Writes a local file, as the client does.
  private void get(Driver driver) throws Exception {
    var target = local.resolveSibling("got");
    var piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    try (var file = driver.openRead("ours");
        var out = FileChannel.open(target, CREATE, TRUNCATE_EXISTING, WRITE)) {
      file.expect(0, sizeBytes);
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

  private Work smb(SambaServer server, String line, List<String> manner) {
    var words =
        new ArrayList<>(
            List.of(
                "smbclient",
                "-m",
                "SMB3",
                "-p",
                String.valueOf(server.port()),
                "-U",
                SshServer.USER + "%" + SambaServer.PASSWORD));
    words.addAll(manner);
    words.addAll(List.of("//127.0.0.1/data", "-c", "cd root; " + line));
    return command(words.toArray(String[]::new));
  }

  private Work aws(S3Servers server, Object from, Object to) {
    return command(
        "env",
        "AWS_ACCESS_KEY_ID=" + S3Servers.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY=" + S3Servers.SECRET_KEY,
        "AWS_REQUEST_CHECKSUM_CALCULATION=when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION=when_required",
        "aws",
        "--endpoint-url",
        server.endpoint().toString(),
        "--region",
        "us-east-1",
        "s3",
        "cp",
        "--only-show-errors",
        from.equals("s3") ? "s3://" + S3Servers.BUCKET + "/theirs" : from.toString(),
        to.equals("s3") ? "s3://" + S3Servers.BUCKET + "/theirs" : to.toString());
  }

  private Work rclone(S3Servers server, boolean up) {
    var there = ":s3:" + S3Servers.BUCKET + "/rclones";
    var here = local.resolveSibling("rclones").toString();
    return command(
        "env",
        "-u",
        "AWS_CA_BUNDLE",
        "RCLONE_CONFIG=/dev/null",
        "rclone",
        "copyto",
        "--ignore-times",
        "--s3-provider=Other",
        "--s3-endpoint=" + server.endpoint(),
        "--s3-access-key-id=" + S3Servers.ACCESS_KEY,
        "--s3-secret-access-key=" + S3Servers.SECRET_KEY,
        "--s3-force-path-style=true",
        up ? local.toString() : there,
        up ? there : here);
  }
}
