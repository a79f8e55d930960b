package io.kintsugi.driver;

import static com.hierynomus.mssmb2.SMB2CreateDisposition.FILE_OPEN;

import com.hierynomus.msdtyp.AccessMask;
import com.hierynomus.msfscc.FileAttributes;
import com.hierynomus.msfscc.fileinformation.FileAllInformation;
import com.hierynomus.msfscc.fileinformation.FileIdBothDirectoryInformation;
import com.hierynomus.mssmb2.SMB2ShareAccess;
import com.hierynomus.smbj.share.Directory;
import com.hierynomus.smbj.share.DiskShare;
import io.kintsugi.driver.Driver.Entry;
import io.kintsugi.driver.Driver.Kind;
import io.kintsugi.driver.Driver.Page;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/// What an SMB server tells of its names, by paths within the share.
final class SmbListing {
  private static final long FOLDER = FileAttributes.FILE_ATTRIBUTE_DIRECTORY.getValue();
  private static final long LINK = FileAttributes.FILE_ATTRIBUTE_REPARSE_POINT.getValue();

  private SmbListing() {}

  static void createFolder(DiskShare share, String path) {
    if (!share.folderExists(path)) {
      try {
        share.mkdir(path);
      } catch (RuntimeException e) {
        if (!share.folderExists(path)) {
          throw e;
        }
      }
    }
  }

  static Directory open(DiskShare share, String path, Set<AccessMask> access) {
    return share.openDirectory(path, access, null, SMB2ShareAccess.ALL, FILE_OPEN, null);
  }

  static void each(DiskShare share, String path, Consumer<FileIdBothDirectoryInformation> taking) {
    try (var folder = open(share, path, EnumSet.of(AccessMask.FILE_LIST_DIRECTORY))) {
      for (var entry : folder) {
        if (!entry.getFileName().equals(".") && !entry.getFileName().equals("..")) {
          taking.accept(entry);
        }
      }
    }
  }

  static Page page(DiskShare share, String path, String after, int limit) throws DriverException {
    var listing =
        new Listing<FileIdBothDirectoryInformation>(
            after, limit, entry -> kind(entry.getFileAttributes()) == Kind.FOLDER);
    each(share, path, entry -> listing.add(entry, entry.getFileName()));
    return listing.page(SmbListing::entry);
  }

  private static Entry entry(FileIdBothDirectoryInformation told) {
    var kind = SmbNames.isSayable(told.getFileName()) ? kind(told.getFileAttributes()) : Kind.OTHER;
    return new Entry(
        told.getFileName(),
        kind,
        kind == Kind.FILE ? told.getEndOfFile() : 0,
        told.getLastWriteTime().toInstant(),
        kind == Kind.FILE
            ? tag(told.getFileId(), told.getChangeTime().getWindowsTimeStamp())
            : null);
  }

  static Entry entry(String name, FileAllInformation told) {
    var times = told.getBasicInformation();
    var kind = kind(times.getFileAttributes());
    return new Entry(
        name,
        kind,
        kind == Kind.FILE ? told.getStandardInformation().getEndOfFile() : 0,
        times.getLastWriteTime().toInstant(),
        kind == Kind.FILE
            ? tag(
                told.getInternalInformation().getIndexNumber(),
                times.getChangeTime().getWindowsTimeStamp())
            : null);
  }

  private static Kind kind(long attributes) {
    if ((attributes & LINK) != 0) {
      return Kind.OTHER;
    }
    return (attributes & FOLDER) != 0 ? Kind.FOLDER : Kind.FILE;
  }

  private static String tag(long fileId, long changed) {
    return Long.toHexString(fileId) + "-" + Long.toHexString(changed);
  }
}
