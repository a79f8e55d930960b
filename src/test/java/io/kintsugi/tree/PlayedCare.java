package io.kintsugi.tree;

import io.kintsugi.contract.CatalogTreeCareContract;
import io.kintsugi.contract.CatalogTreeCareContract.Verifications;
import io.kintsugi.contract.CatalogTreeContract.FileName;
import io.kintsugi.contract.CatalogTreeContract.FileRecord;
import io.kintsugi.contract.CatalogTreeContract.FileRecords;
import io.kintsugi.contract.CatalogTreeContract.SaveFileRecord;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.OriginMirrorContract;
import io.kintsugi.contract.OriginMirrorContract.FileRefreshed;
import io.kintsugi.contract.OriginMirrorContract.Outcome;
import io.kintsugi.contract.OriginMirrorContract.RefreshFile;
import io.kintsugi.contract.OriginMirrorContract.RefreshLine;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeCareContract.CopyMended;
import io.kintsugi.contract.TreeCareContract.RotFound;
import io.kintsugi.contract.TreeCareContract.Verification;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.Json;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// What a tree's care asks of its neighbours beside files, played over the bus: the catalog, and
/// origins that make copies equal.
final class PlayedCare {
  final Map<String, Verification> verifications = new ConcurrentHashMap<>();
  final List<RefreshFile> refreshes = new CopyOnWriteArrayList<>();
  final List<RotFound> rots = new CopyOnWriteArrayList<>();
  final List<CopyMended> mended = new CopyOnWriteArrayList<>();

  /// What is brought instead of what should be; null: what should be.
  volatile @Nullable String wrong;

  private final World world;
  private final PlayedFiles files;

  PlayedCare(World world, PlayedFiles files) {
    this.world = world;
    this.files = files;
    var bus = world.bus();
    bus.answer(
        CatalogTreeCareContract.SAVE_VERIFICATION,
        wish -> {
          verifications.put(wish.verification().bucket(), wish.verification());
          return Future.succeededFuture(new Done());
        });
    bus.answer(
        CatalogTreeCareContract.LOAD_VERIFICATIONS,
        _ -> Future.succeededFuture(new Verifications(List.copyOf(verifications.values()))));
    bus.answer(
        CatalogTreeCareContract.LIST_ROTTEN,
        _ ->
            Future.succeededFuture(
                new FileRecords(
                    files.records.values().stream().filter(r -> r.rotSha256() != null).toList())));
    bus.answer(CatalogTreeCareContract.EXPECT_FILE, wish -> Future.succeededFuture(expect(wish)));
    bus.listen(TreeCareContract.ROT_FOUND, rots::add);
    bus.listen(TreeCareContract.COPY_MENDED, mended::add);
  }

  private FileRecord expect(SaveFileRecord wish) {
    var record =
        new FileRecord(
            wish.originId(), wish.path(), wish.stamp(), wish.sha256(), Instant.EPOCH, null);
    files.records.put(new FileName(wish.originId(), wish.path()), record);
    return record;
  }

  /// An origin that makes its copies equal to others'.
  void mirrors(String id) {
    world.bus().answer(OriginMirrorContract.REFRESH_FILE.at(id), wish -> refresh(id, wish));
  }

  private Future<Done> refresh(String id, RefreshFile wish) {
    refreshes.add(wish);
    var place = files.place(id);
    var there = place.files.get(wish.path());
    var judged = Objects.requireNonNull(wish.replaced());
    if (!Objects.equals(there == null ? null : there.stamp(), judged.stamp())) {
      return Future.failedFuture(
          Failure.of(FailureCode.CONFLICT, "it was changed", "what", "file-changed"));
    }
    var from = Objects.requireNonNull(wish.fromPath());
    var right = Objects.requireNonNull(files.place(wish.fromOriginId()).files.get(from));
    var instead = wrong;
    place.put(
        wish.path(),
        instead == null ? right.bytes() : instead.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        world.clock().instant());
    var sink = world.blobs().connect(wish.into());
    long size = right.content().length();
    var result =
        new FileRefreshed(
            Outcome.PIECED,
            null,
            size,
            1,
            size,
            size,
            1,
            size - 1,
            1,
            true,
            0,
            false,
            false,
            judged.keep() ? "kept" : null,
            Objects.requireNonNull(place.files.get(wish.path())).stamp());
    sink.write(Buffer.buffer(Json.text(new RefreshLine("done", size, size, result)) + "\n"));
    sink.end();
    return Future.succeededFuture(new Done());
  }
}
