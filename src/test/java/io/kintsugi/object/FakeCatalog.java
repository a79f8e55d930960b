package io.kintsugi.object;

import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.CatalogContract.CommitObject;
import io.kintsugi.contract.CatalogContract.Committed;
import io.kintsugi.contract.CatalogContract.FindObject;
import io.kintsugi.contract.CatalogContract.ObjectEntry;
import io.kintsugi.contract.CatalogContract.RenewSession;
import io.kintsugi.contract.CatalogContract.Session;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.DamageReported;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogRelayContract;
import io.kintsugi.contract.CatalogRelayContract.SegmentSwapped;
import io.kintsugi.contract.CatalogRelayContract.SwapSegment;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.ObjectInfo;
import io.kintsugi.contract.UploadContract;
import io.kintsugi.contract.UploadContract.CommitPart;
import io.kintsugi.contract.UploadContract.FindUpload;
import io.kintsugi.contract.UploadContract.Part;
import io.kintsugi.contract.UploadContract.Upload;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A catalog in memory that can be told to misbehave.
final class FakeCatalog {
  static final String BUCKET = "photos";
  static final String UPLOAD = "0123456789abcdef0123456789abcdef";

  /// What happens to the next commits, one each; then all goes well.
  enum Mishap {
    /// The commit is done, and its answer is lost.
    ANSWER_LOST,
    REFUSED,
    SESSION_CLOSED,
    /// Nobody answers and nothing is done.
    SILENT
  }

  final ConcurrentLinkedQueue<Mishap> mishaps = new ConcurrentLinkedQueue<>();
  final List<CommitObject> commits = new CopyOnWriteArrayList<>();
  final List<SwapSegment> swaps = new CopyOnWriteArrayList<>();
  final List<CommitPart> parts = new CopyOnWriteArrayList<>();
  final List<Damage> damages = new CopyOnWriteArrayList<>();
  final List<ReportDamage> reports = new CopyOnWriteArrayList<>();
  final List<HealContract.DamageReported> hints = new CopyOnWriteArrayList<>();
  final List<RenewSession> renewals = new CopyOnWriteArrayList<>();
  final AtomicLong sessions = new AtomicLong();
  volatile long leaseMillis = 60_000;
  volatile String onShortage = "degrade";
  volatile Layout layout = new Layout(3, 2);
  volatile String strategy = "RoundRobin";

  /// Called before an object is found again: a heal that moves rows between two looks.
  volatile @Nullable Runnable beforeSecondFind;

  private final Map<String, ObjectEntry> current = new ConcurrentHashMap<>();
  private final AtomicLong finds = new AtomicLong();

  void answer(Bus bus) {
    bus.answer(CatalogContract.OPEN_SESSION, _ -> Future.succeededFuture(openSession()));
    bus.answer(
        CatalogContract.RENEW_SESSION,
        renew -> {
          renewals.add(renew);
          return Future.succeededFuture(new Session(renew.sessionId(), leaseMillis));
        });
    bus.answer(CatalogContract.CLOSE_SESSION, _ -> Future.succeededFuture(new Done()));
    bus.answer(CatalogContract.GET_BUCKET, get -> bucket(get.name()));
    bus.answer(CatalogContract.COMMIT_OBJECT, this::commit);
    bus.answer(CatalogContract.FIND_OBJECT, this::find);
    bus.answer(CatalogRelayContract.SWAP_SEGMENT, this::swap);
    bus.answer(CatalogHealContract.REPORT_DAMAGE, this::report);
    bus.answer(UploadContract.FIND_UPLOAD, this::findUpload);
    bus.answer(UploadContract.COMMIT_PART, this::commitPart);
    bus.listen(HealContract.DAMAGE_REPORTED, hints::add);
  }

  @Nullable ObjectEntry entry(String key) {
    return current.get(key);
  }

  void replace(String key, ObjectEntry entry) {
    current.put(key, entry);
  }

  private Session openSession() {
    long number = sessions.incrementAndGet();
    return new Session(HexFormat.of().toHexDigits(0x1234_5678_9abcL + number), leaseMillis);
  }

  private Future<Bucket> bucket(String name) {
    if (!name.equals(BUCKET)) {
      return Future.failedFuture(notFound("bucket"));
    }
    return Future.succeededFuture(
        new Bucket(name, layout, "standard", strategy, onShortage, null, Instant.EPOCH, 1));
  }

  private Future<Committed> commit(CommitObject commit) {
    commits.add(commit);
    var mishap = mishaps.poll();
    if (mishap == Mishap.REFUSED) {
      return Future.failedFuture(Failure.of(FailureCode.PRECONDITION_FAILED, "exists"));
    }
    if (mishap == Mishap.SESSION_CLOSED) {
      return Future.failedFuture(Failure.of(FailureCode.CONFLICT, "closed", "what", "session"));
    }
    if (mishap == Mishap.SILENT) {
      return Promise.<Committed>promise().future();
    }
    current.put(
        commit.key(),
        new ObjectEntry(
            commit.bucket(), commit.key(), commit.versionId(), commit.info(), commit.segments()));
    if (mishap == Mishap.ANSWER_LOST) {
      return Future.failedFuture(Failure.of(FailureCode.UNAVAILABLE, "connection lost"));
    }
    return Future.succeededFuture(new Committed(commit.versionId(), 1, commit.info()));
  }

  private Future<ObjectEntry> find(FindObject find) {
    var hook = beforeSecondFind;
    if (finds.incrementAndGet() > 1 && hook != null) {
      hook.run();
    }
    var entry = current.get(find.key());
    return entry == null ? Future.failedFuture(notFound("key")) : Future.succeededFuture(entry);
  }

  private Future<SegmentSwapped> swap(SwapSegment question) {
    swaps.add(question);
    for (var entry : current.values()) {
      var segments = new ArrayList<>(entry.segments());
      boolean there = segments.removeIf(segment -> segment.writeId().equals(question.oldWriteId()));
      if (there) {
        segments.add(question.segment());
        current.put(
            entry.key(),
            new ObjectEntry(
                entry.bucket(), entry.key(), entry.versionId(), entry.info(), segments));
        return Future.succeededFuture(new SegmentSwapped(true));
      }
    }
    return Future.succeededFuture(new SegmentSwapped(false));
  }

  void forgetFinds() {
    finds.set(0);
  }

  private Future<DamageReported> report(ReportDamage report) {
    reports.add(report);
    damages.addAll(report.damages());
    return Future.succeededFuture(new DamageReported(1));
  }

  private Future<Upload> findUpload(FindUpload find) {
    return find.uploadId().equals(UPLOAD)
        ? Future.succeededFuture(
            new Upload(
                UPLOAD,
                find.bucket(),
                find.key(),
                new ObjectInfo(0, "", "text/plain", Map.of(), Map.of("a", "b"), Instant.EPOCH),
                Instant.EPOCH))
        : Future.failedFuture(notFound("upload"));
  }

  private Future<Part> commitPart(CommitPart commit) {
    parts.add(commit);
    return Future.succeededFuture(
        new Part(commit.number(), commit.sizeBytes(), commit.etag(), Instant.EPOCH));
  }

  private static Failure notFound(String what) {
    return Failure.of(FailureCode.NOT_FOUND, "no such " + what, "what", what);
  }
}
