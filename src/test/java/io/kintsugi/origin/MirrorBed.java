package io.kintsugi.origin;

import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginMirrorContract.FileRefreshed;
import io.kintsugi.contract.OriginMirrorContract.Trust;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.CreateOrigin;
import io.kintsugi.contract.Secrets;
import io.kintsugi.driver.CountedWire;
import io.kintsugi.driver.S3Servers;
import io.kintsugi.driver.SambaServer;
import io.kintsugi.driver.SshServer;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/// A local origin `right`, and one each behind sshd, smbd and S3Proxy with a wire between that
/// counts, on which files are kept equal to those on the first.
final class MirrorBed implements AutoCloseable {
  static final List<String> KINDS = List.of("local", "sftp", "smb", "s3");
  static final String NAME = "films/one";
  private static final int PIECE_BYTES = 1 << 20;

  private final Path folder;
  private final House house;
  private final Mirrors mirrors;
  private final Map<String, CountedWire> wires = new HashMap<>();
  private final Map<String, Path> roots = new HashMap<>();
  private final List<Runnable> servers = new ArrayList<>();

  /// What it took.
  ///
  /// @param wireBytes of the connection to the server, in both directions; 0 for a folder
  record Took(FileRefreshed told, long wireBytes, double seconds) {}

  MirrorBed(Vertx vertx, Path folder) throws Exception {
    this.folder = folder;
    house = new House(vertx, Files.createDirectories(folder.resolve("house")));
    mirrors = new Mirrors(house);
    house.origin("disk-1").start();
    for (var id : List.of("right", "local")) {
      house.createFiles(id);
    }
    Files.createDirectories(house.root("right").resolve("films"));
    roots.put("local", house.root("local"));
    sftp();
    smb();
    s3();
  }

  private CountedWire wire(String kind, int port) throws IOException {
    var wire = new CountedWire(port);
    wires.put(kind, wire);
    servers.add(wire::close);
    return wire;
  }

  private void create(String kind, Map<String, String> settings, Map<String, String> secrets)
      throws Exception {
    house.ask(
        RegistryContract.CREATE_ORIGIN,
        new CreateOrigin(
            OriginDefinition.of(kind, kind, settings).as(OriginDefinition.FILES),
            new Secrets(secrets)));
  }

  private void sftp() throws Exception {
    var server = SshServer.start(Files.createDirectories(folder.resolve("ssh")));
    servers.add(server::close);
    var wire = wire("sftp", server.port());
    var root = Files.createDirectory(server.data().resolve("root"));
    roots.put("sftp", root);
    var hosts = folder.resolve("known_hosts");
    Files.writeString(
        hosts,
        Files.readString(server.file("known_hosts"))
            .replace("]:" + server.port(), "]:" + wire.port()));
    create(
        "sftp",
        Map.of(
            "host",
            "127.0.0.1",
            "port",
            String.valueOf(wire.port()),
            "user",
            SshServer.USER,
            "path",
            root.toString(),
            "key_file",
            server.file("user").toString(),
            "known_hosts",
            hosts.toString()),
        Map.of());
  }

  private void smb() throws Exception {
    var server = SambaServer.start(Files.createDirectories(folder.resolve("smb")));
    servers.add(server::close);
    var wire = wire("smb", server.port());
    roots.put("smb", Files.createDirectory(server.data().resolve("root")));
    create(
        "smb",
        Map.of(
            "host",
            "127.0.0.1",
            "port",
            String.valueOf(wire.port()),
            "share",
            "data",
            "user",
            SshServer.USER,
            "path",
            "root"),
        Map.of("password", SambaServer.PASSWORD));
  }

  private void s3() throws Exception {
    var server = S3Servers.proxy(Files.createDirectories(folder.resolve("s3")));
    servers.add(server::close);
    var wire = wire("s3", server.port());
    roots.put("s3", server.bucket());
    // Only a root that is there can be added.
    Files.writeString(server.bucket().resolve(".kintsugi"), "root");
    create(
        "s3",
        Map.of("endpoint", "http://127.0.0.1:" + wire.port(), "bucket", S3Servers.BUCKET),
        Map.of("access_key", S3Servers.ACCESS_KEY, "secret_key", S3Servers.SECRET_KEY));
  }

  /// The copy that is right.
  Path right() {
    return house.root("right").resolve(NAME);
  }

  /// The copy at a kind of place, as it lies on that server's disk.
  Path copy(String kind) {
    return Objects.requireNonNull(roots.get(kind)).resolve(NAME);
  }

  Took refresh(String kind, Trust trust) throws Exception {
    long before = wireBytes(kind);
    long begin = System.nanoTime();
    var told = mirrors.refresh(kind, "right", NAME, trust);
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Took(told, wireBytes(kind) - before, seconds);
  }

  private long wireBytes(String kind) {
    var wire = wires.get(kind);
    return wire == null ? 0 : wire.bytes();
  }

  boolean isEqual(String kind) throws IOException {
    return Files.mismatch(right(), copy(kind)) < 0;
  }

  /// Fills the copy that is right with new bytes.
  void fill(long seed, long sizeBytes) throws IOException {
    var random = new Random(seed);
    var piece = new byte[PIECE_BYTES];
    try (var out = Files.newOutputStream(right())) {
      for (long at = 0; at < sizeBytes; at += piece.length) {
        random.nextBytes(piece);
        out.write(piece, 0, (int) Math.min(piece.length, sizeBytes - at));
      }
    }
  }

  /// Writes over some bytes of a file in the middle.
  static void overwrite(Path file, long position, byte[] bytes) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), position);
    }
  }

  /// Inserts bytes, so that all behind them is shifted.
  void insert(long position, byte[] bytes) throws IOException {
    var made = right().resolveSibling("made");
    try (var from = FileChannel.open(right(), StandardOpenOption.READ);
        var to = FileChannel.open(made, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      move(from, 0, position, to);
      to.write(ByteBuffer.wrap(bytes));
      move(from, position, from.size() - position, to);
    }
    Files.move(made, right(), StandardCopyOption.REPLACE_EXISTING);
  }

  private static void move(FileChannel from, long position, long length, FileChannel to)
      throws IOException {
    for (long done = 0; done < length; ) {
      done += from.transferTo(position + done, length - done, to);
    }
  }

  @Override
  public void close() {
    servers.reversed().forEach(Runnable::run);
  }
}
