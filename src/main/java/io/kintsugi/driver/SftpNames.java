package io.kintsugi.driver;

import io.kintsugi.driver.Driver.Entry;
import io.kintsugi.driver.Driver.Kind;
import io.kintsugi.driver.Driver.Page;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.function.Consumer;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;
import org.jspecify.annotations.Nullable;

/// What an SSH server tells of its names, by paths that are its own.
final class SftpNames {
  /// Stands in names that are no UTF-8, and that therefore nobody can ask for.
  private static final char UNREADABLE = '\uFFFD';

  private SftpNames() {}

  /// Null if nothing bears the path.
  static @Nullable Attributes lookUp(SftpClient client, String path) throws IOException {
    try {
      return client.lstat(path);
    } catch (IOException e) {
      if (SftpFaults.fault("", e) instanceof Fault.NotFound) {
        return null;
      }
      throw e;
    }
  }

  static void createFolder(SftpClient client, String path) throws IOException {
    try {
      client.mkdir(path);
    } catch (IOException e) {
      var there = SftpFaults.fault("", e) instanceof Fault.Io ? lookUp(client, path) : null;
      if (there == null || !there.isDirectory()) {
        throw e;
      }
    }
  }

  /// A folder with all that is missing above it.
  static void createFolders(SftpClient client, String path) throws IOException {
    var missing = new ArrayList<String>();
    for (var at = path; !at.isEmpty() && lookUp(client, at) == null; at = Segments.folder(at)) {
      missing.add(at);
    }
    for (var folder : missing.reversed()) {
      client.mkdir(folder);
    }
  }

  static void each(SftpClient client, String path, Consumer<DirEntry> taking) throws IOException {
    try (var handle = client.openDir(path)) {
      var entries = client.readDir(handle);
      while (entries != null) {
        for (var entry : entries) {
          if (!entry.getFilename().equals(".") && !entry.getFilename().equals("..")) {
            taking.accept(entry);
          }
        }
        entries = client.readDir(handle);
      }
    }
  }

  static Page page(SftpClient client, String path, String after, int limit)
      throws IOException, DriverException {
    var listing = new Listing<DirEntry>(after, limit, entry -> entry.getAttributes().isDirectory());
    each(client, path, entry -> listing.add(entry, entry.getFilename()));
    return listing.page(entry -> entry(entry.getFilename(), entry.getAttributes()));
  }

  static Entry entry(String name, Attributes told) {
    var kind = name.indexOf(UNREADABLE) >= 0 ? Kind.OTHER : kind(told);
    var time = told.getModifyTime();
    return new Entry(
        name,
        kind,
        kind == Kind.FILE ? told.getSize() : 0,
        time == null ? Instant.EPOCH : time.toInstant(),
        null);
  }

  private static Kind kind(Attributes told) {
    if (told.isDirectory()) {
      return Kind.FOLDER;
    }
    return told.isRegularFile() ? Kind.FILE : Kind.OTHER;
  }
}
