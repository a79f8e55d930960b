package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeCareContract;
import io.kintsugi.contract.CatalogTreeContract;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.FindFileRecords;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FindFile;
import io.kintsugi.contract.FilesContract.FoundFile;
import io.kintsugi.contract.FilesContract.HashFile;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.List;

/// Has files read where they lie, one at a time on each origin, and what was found kept: other
/// bytes under the same size and time are rot.
final class Proving {
  private static final long PATIENCE_MILLIS = 5_000;

  /// Bytes a second that any place reads.
  private static final long SLOWEST = 1_000_000;

  private final World world;
  private final Rots rots;
  private final Lanes lanes = new Lanes();

  Proving(World world, Rots rots) {
    this.world = world;
    this.rots = rots;
  }

  /// What the file is known to be after it was read. Fails with CONFLICT (`what=file-changed`) if
  /// it does not bear this stamp.
  Future<FileRecord> prove(String originId, String path, FileStamp stamp, long bytesPerSecond) {
    return lanes.run(originId, () -> read(originId, path, stamp, bytesPerSecond));
  }

  /// As [#prove], without waiting for others that are read there.
  Future<FileRecord> proveNow(Seen seen, long bytesPerSecond) {
    return read(seen.source().originId(), seen.path(), seen.stamp(), bytesPerSecond);
  }

  private Future<FileRecord> read(
      String originId, String path, FileStamp stamp, long bytesPerSecond) {
    var call = FilesContract.HASH_FILE.at(originId);
    long slowest = bytesPerSecond == 0 ? SLOWEST : Math.min(SLOWEST, bytesPerSecond);
    long limitMillis = call.timeoutMillis() + stamp.sizeBytes() / Math.max(1, slowest / 1_000);
    return world
        .bus()
        .ask(call, new HashFile(path, stamp, bytesPerSecond), limitMillis)
        .compose(hash ->
            world
                .bus()
                .ask(
                    CatalogTreeContract.SAVE_FILE_RECORD,
                    new SaveFileRecord(originId, path, stamp, hash.sha256())))
        .onSuccess(rots::proved);
  }

  /// What the file should have is known by the way it was made; it was not read yet.
  Future<FileRecord> expect(String originId, String path, FileStamp stamp, String sha256) {
    return world
        .bus()
        .ask(
            CatalogTreeCareContract.EXPECT_FILE, new SaveFileRecord(originId, path, stamp, sha256));
  }

  /// Fails while nothing that is found can be kept.
  Future<Void> requireKept() {
    return world
        .bus()
        .ask(CatalogTreeContract.FIND_FILE_RECORDS, new FindFileRecords(List.of()))
        .mapEmpty();
  }

  /// What lies there now.
  Future<FileStamp> look(String originId, String path) {
    return world
        .bus()
        .ask(FilesContract.FIND_FILE.at(originId), new FindFile(path), PATIENCE_MILLIS)
        .map(FoundFile::stamp);
  }
}
