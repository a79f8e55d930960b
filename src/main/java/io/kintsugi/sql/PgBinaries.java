package io.kintsugi.sql;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/// PostgreSQL's programs, unpacked from the class path once per version. A directory that bears the
/// version's name is whole: it got the name after its last byte was on disk.
final class PgBinaries {
  static final String VERSION = "17.11";

  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
  private static final String DRAFT_PREFIX = "unpacking-";
  private static final String STAMP = ".unpacked";
  private static final int EXECUTABLE_BITS = 0111;

  private PgBinaries() {}

  /// The directory with `bin`, `lib` and `share`; unpacks it if it is not there or not whole.
  /// Several processes may share one root.
  static synchronized Path in(Path root) throws IOException {
    var archive = archive();
    var stamp =
        "postgresql " + VERSION + " from " + archive.openConnection().getContentLengthLong();
    var home = root.resolve(VERSION);
    if (isWhole(home, stamp)) {
      return home;
    }
    try (var channel = PrivateFiles.createPrivate(root.resolve("unpack.lock"));
        var _ = channel.lock()) {
      if (!isWhole(home, stamp)) {
        PrivateFiles.deleteLeftovers(root, DRAFT_PREFIX);
        var draft = Files.createTempDirectory(root, DRAFT_PREFIX);
        unpack(archive, draft);
        force(draft);
        PrivateFiles.write(draft.resolve(STAMP), stamp);
        replace(draft, home, root);
      }
    }
    return home;
  }

  private static URL archive() {
    var os = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
    var archive = PgBinaries.class.getResource(ARCHIVE);
    if (archive == null || !os.equals("Linux-amd64")) {
      throw new SqlFailure(
          SqlFailure.Code.UNSUPPORTED_PLATFORM,
          "no embedded PostgreSQL for " + os,
          "Give the address of a PostgreSQL server with --postgres.");
    }
    return archive;
  }

  private static boolean isWhole(Path home, String stamp) throws IOException {
    var file = home.resolve(STAMP);
    return Files.isRegularFile(file)
        && Files.readString(file).equals(stamp)
        && Files.isExecutable(home.resolve("bin/postgres"))
        && Files.isExecutable(home.resolve("bin/initdb"))
        && Files.isExecutable(home.resolve("bin/pg_ctl"));
  }

  private static void replace(Path draft, Path home, Path root) throws IOException {
    Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rwxr-xr-x"));
    if (Files.exists(home)) {
      Files.move(home, root.resolve(DRAFT_PREFIX + "replaced-" + draft.getFileName()));
    }
    PrivateFiles.publish(draft, home);
    PrivateFiles.deleteLeftovers(root, DRAFT_PREFIX);
  }

  /// After all is written: the file system then has most of it to flush in one go.
  private static void force(Path draft) throws IOException {
    try (var paths = Files.walk(draft)) {
      for (var path : (Iterable<Path>) paths::iterator) {
        if (!Files.isSymbolicLink(path)) {
          PrivateFiles.force(path);
        }
      }
    }
  }

  private static void unpack(URL archive, Path draft) throws IOException {
    try (InputStream packed = new BufferedInputStream(archive.openStream());
        var tar = new TarArchiveInputStream(new XZCompressorInputStream(packed))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpack(tar, entry, draft);
      }
    }
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path draft)
      throws IOException {
    var target = draft.resolve(entry.getName()).normalize();
    if (!target.startsWith(draft)) {
      throw new IOException("the archive names a file outside itself: " + entry.getName());
    }
    if (entry.isDirectory()) {
      Files.createDirectories(target);
      return;
    }
    Files.createDirectories(target.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
      return;
    }
    Files.copy(tar, target);
    var executable = (entry.getMode() & EXECUTABLE_BITS) != 0;
    Files.setPosixFilePermissions(
        target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }
}
