package io.kintsugi.tree;

import io.kintsugi.contract.FileWriteContract;
import io.kintsugi.contract.FileWriteContract.BeginFile;
import io.kintsugi.contract.FileWriteContract.DiscardFile;
import io.kintsugi.contract.FileWriteContract.PublishFile;
import io.kintsugi.contract.FileWriteContract.SealFile;
import io.kintsugi.contract.FileWriteContract.Standing;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.FilesContract.FoundFile;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.kernel.BlobSink;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file that is being written on one origin, and that nobody sees until it is published.
///
/// @param id names it to the origin
/// @param sink takes its bytes
record Draft(World world, Source source, String path, String id, BlobSink sink) {
  private static final Logger LOG = LoggerFactory.getLogger(Draft.class);

  static Future<Draft> begin(World world, Source source, String key, long sizeBytes) {
    var path = Paths.of(source, key);
    return world
        .bus()
        .ask(FileWriteContract.BEGIN_FILE.at(source.originId()), new BeginFile(path, sizeBytes))
        .map(begun ->
            new Draft(world, source, path, begun.draft(), world.blobs().connect(begun.into())));
  }

  /// On how many origins these are.
  static int origins(Collection<Draft> drafts) {
    return (int) drafts.stream().map(Draft::originId).distinct().count();
  }

  String originId() {
    return source.originId();
  }

  /// Done when every byte written survives a loss of power.
  Future<Long> seal() {
    return world
        .bus()
        .ask(FileWriteContract.SEAL_FILE.at(originId()), new SealFile(id))
        .map(FileWriteContract.SealedFile::sizeBytes);
  }

  /// @param onlyOver null: whatever bears the name is replaced
  Future<FileStamp> publish(@Nullable Standing onlyOver) {
    return world
        .bus()
        .ask(FileWriteContract.PUBLISH_FILE.at(originId()), new PublishFile(id, onlyOver))
        .map(FoundFile::stamp);
  }

  /// Nothing of it stays, at the latest when the origin has not heard of it for a while.
  void discard(Failure why) {
    sink.abort(why);
    world
        .bus()
        .ask(FileWriteContract.DISCARD_FILE.at(originId()), new DiscardFile(id))
        .onFailure(cause ->
            LOG.debug(
                "draft not discarded origin={} path={} reason={}",
                originId(),
                path,
                Failure.from(cause).text()));
  }
}
