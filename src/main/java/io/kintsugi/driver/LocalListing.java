package io.kintsugi.driver;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.kintsugi.driver.Driver.Entry;
import io.kintsugi.driver.Driver.Kind;
import io.kintsugi.driver.Driver.Page;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a file system tells of its names.
final class LocalListing {
  /// Stands in names that are no UTF-8, and that therefore nobody can ask for.
  private static final char UNREADABLE = '\uFFFD';

  private LocalListing() {}

  static Page page(String folder, Path path, String after, int limit, boolean tags)
      throws IOException, DriverException {
    var listing = new Listing<Path>(after, limit, LocalListing::isFolder);
    try (var names = Files.newDirectoryStream(path)) {
      for (var name : names) {
        listing.add(name, String.valueOf(name.getFileName()));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return listing.page(name -> Errno.<@Nullable Entry>attempt(folder, () -> present(name, tags)));
  }

  private static boolean isFolder(Path path) {
    return Files.isDirectory(path, NOFOLLOW_LINKS);
  }

  private static @Nullable Entry present(Path path, boolean tags) throws IOException {
    try {
      return entry(path, false, tags);
    } catch (NoSuchFileException e) {
      var name = String.valueOf(path.getFileName());
      return name.indexOf(UNREADABLE) < 0
          ? null
          : new Entry(name, Kind.OTHER, 0, FileTime.fromMillis(0).toInstant(), null);
    }
  }

  static Entry entry(Path path, boolean root, boolean tags) throws IOException {
    var name = root ? "" : String.valueOf(path.getFileName());
    if (!tags) {
      var told = Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
      var kind = kind(told.isRegularFile(), told.isDirectory());
      return new Entry(
          name,
          kind,
          kind == Kind.FILE ? told.size() : 0,
          told.lastModifiedTime().toInstant(),
          null);
    }
    var told =
        Files.readAttributes(
            path, "unix:isRegularFile,isDirectory,size,lastModifiedTime,ctime,ino", NOFOLLOW_LINKS);
    var kind = kind(is(told, "isRegularFile"), is(told, "isDirectory"));
    return new Entry(
        name,
        kind,
        kind == Kind.FILE && told.get("size") instanceof Long size ? size : 0,
        time(told, "lastModifiedTime").toInstant(),
        kind == Kind.FILE ? tag(told) : null);
  }

  private static boolean is(Map<String, Object> told, String what) {
    return Boolean.TRUE.equals(told.get(what));
  }

  private static Kind kind(boolean file, boolean folder) {
    return file ? Kind.FILE : folder ? Kind.FOLDER : Kind.OTHER;
  }

  /// Nobody can set the time of an inode's change, so no writing by way of the file system hides
  /// from it.
  private static String tag(Map<String, Object> told) {
    return told.get("ino") + "-" + time(told, "ctime").to(TimeUnit.NANOSECONDS);
  }

  private static FileTime time(Map<String, Object> told, String what) {
    return told.get(what) instanceof FileTime time ? time : FileTime.fromMillis(0);
  }
}
