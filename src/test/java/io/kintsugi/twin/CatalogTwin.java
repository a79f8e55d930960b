package io.kintsugi.twin;

import io.kintsugi.contract.CatalogCollectContract;
import io.kintsugi.contract.CatalogCollectContract.Verdict;
import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.OpenSession;
import io.kintsugi.contract.CatalogContract.Session;
import io.kintsugi.contract.CatalogContract.Standing;
import io.kintsugi.contract.CatalogHealContract;
import io.kintsugi.contract.CatalogHealContract.ClaimHeals;
import io.kintsugi.contract.CatalogHealContract.ClaimedHeals;
import io.kintsugi.contract.CatalogHealContract.Damage;
import io.kintsugi.contract.CatalogHealContract.DamageReported;
import io.kintsugi.contract.CatalogHealContract.HastenHeals;
import io.kintsugi.contract.CatalogHealContract.HealRequest;
import io.kintsugi.contract.CatalogHealContract.HealTask;
import io.kintsugi.contract.CatalogHealContract.HealsHastened;
import io.kintsugi.contract.CatalogHealContract.MendPacked;
import io.kintsugi.contract.CatalogHealContract.MoveShards;
import io.kintsugi.contract.CatalogHealContract.OpenRequest;
import io.kintsugi.contract.CatalogHealContract.PackedMended;
import io.kintsugi.contract.CatalogHealContract.Queue;
import io.kintsugi.contract.CatalogHealContract.RemapPriorities;
import io.kintsugi.contract.CatalogHealContract.RenewHeal;
import io.kintsugi.contract.CatalogHealContract.ReportDamage;
import io.kintsugi.contract.CatalogHealContract.SettleHeal;
import io.kintsugi.contract.CatalogHealContract.ShardsMoved;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.Cluster;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.CreateScan;
import io.kintsugi.contract.CatalogScanContract.Extents;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CatalogScanContract.ListScans;
import io.kintsugi.contract.CatalogScanContract.ListShards;
import io.kintsugi.contract.CatalogScanContract.NoteVerified;
import io.kintsugi.contract.CatalogScanContract.Orphans;
import io.kintsugi.contract.CatalogScanContract.SaveScan;
import io.kintsugi.contract.CatalogScanContract.ScanRow;
import io.kintsugi.contract.CatalogScanContract.ScanRows;
import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.CatalogScanContract.ShardRows;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.Location;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.Segment;
import io.kintsugi.format.Names;
import io.kintsugi.format.WriteId;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.kintsugi.kernel.World;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The catalog feature, in memory: as much of it as scanning and healing ask for.
public final class CatalogTwin {
  private static final int PAGE_ROWS = 3;
  private static final long LEASE_MILLIS = 3_000;

  public final Map<String, SegmentRow> rows = new ConcurrentSkipListMap<>();
  public final Map<String, ScanRow> scans = new ConcurrentHashMap<>();
  public final List<Issue> issues = new CopyOnWriteArrayList<>();
  public final List<ReportDamage> reports = new CopyOnWriteArrayList<>();
  public final List<NoteVerified> coverage = new CopyOnWriteArrayList<>();
  public final List<Verdict> verdicts = new java.util.concurrent.CopyOnWriteArrayList<>();
  public final List<String> unreferenced = new CopyOnWriteArrayList<>();
  public final Set<String> orphans = ConcurrentHashMap.newKeySet();
  public final ConcurrentLinkedQueue<HealTask> due = new ConcurrentLinkedQueue<>();
  public final LinkedBlockingQueue<SettleHeal> settled = new LinkedBlockingQueue<>();
  public final LinkedBlockingQueue<ClaimHeals> claims = new LinkedBlockingQueue<>();
  public final List<MoveShards> moves = new CopyOnWriteArrayList<>();
  public final List<RemapPriorities> remaps = new CopyOnWriteArrayList<>();
  public final List<OpenRequest> requests = new CopyOnWriteArrayList<>();

  /// What is said of packs.
  public final PackRowsTwin packs = new PackRowsTwin(rows);

  /// What is said of origins that are away.
  public final AbsencesTwin absences = new AbsencesTwin(this);

  private final AtomicLong taskIds = new AtomicLong();

  /// When the store began.
  public volatile Instant created = Instant.EPOCH;

  /// Who opened which session.
  public final Map<String, OpenSession> sessions = new ConcurrentHashMap<>();

  /// Sessions that somebody closed.
  public final Set<String> closedSessions = ConcurrentHashMap.newKeySet();

  public final Map<Long, Held> held = new ConcurrentHashMap<>();
  public final LinkedBlockingQueue<RenewHeal> renewals = new LinkedBlockingQueue<>();
  public final LinkedBlockingQueue<HastenHeals> hastened = new LinkedBlockingQueue<>();

  /// Called before shards are moved.
  public volatile Consumer<MoveShards> beforeMove = _ -> {};

  /// A claimed task.
  public record Held(String owner, HealTask task) {}

  /// Has rows of small segments in packs claimed together.
  public volatile boolean givesMore;

  /// What was mended together.
  public final LinkedBlockingQueue<MendPacked> mends = new LinkedBlockingQueue<>();

  /// Every claim was lost to somebody else.
  public volatile boolean claimsLost;

  /// Holds a save of a scan back until it is done.
  public volatile Function<SaveScan, Future<Void>> beforeScanSave = _ -> Future.succeededFuture();

  public void keep(StoredSegment stored) {
    rows.put(stored.writeId(), stored.row());
  }

  public Segment segment(StoredSegment stored) {
    var row = rows.get(stored.writeId());
    if (row == null) {
      throw new AssertionError("no row of " + stored.writeId());
    }
    return row.segment();
  }

  /// Queues a task.
  public void damaged(StoredSegment stored, String mode, List<Damage> known) {
    damaged(stored, mode, known, 1, 0);
  }

  public void damaged(
      StoredSegment stored, String mode, List<Damage> known, int attempt, int failures) {
    var row = rows.getOrDefault(stored.writeId(), stored.row());
    due.add(
        new HealTask(
            taskIds.incrementAndGet(),
            attempt,
            failures,
            row.bucket(),
            row.key(),
            row.versionId(),
            row.segment(),
            known,
            Priority.NORMAL,
            mode,
            "scan"));
  }

  public void answer(World world) {
    var bus = world.bus();
    bus.answer(
        CatalogOriginContract.GET_CLUSTER,
        _ -> Future.succeededFuture(new Cluster("c".repeat(32), created, false)));
    bus.answer(
        CatalogContract.GET_STANDING,
        _ -> Future.succeededFuture(new Standing(List.of(), 0, 0, Instant.EPOCH)));
    answerSessions(world, bus);
    answerScans(bus);
    packs.answer(bus);
    absences.answer(bus);
    answerHeals(bus);
  }

  private void answerSessions(World world, Bus bus) {
    bus.answer(
        CatalogContract.OPEN_SESSION,
        q -> {
          sessions.forEach((id, other) -> {
            if (other.holder().equals(q.holder()) && !Objects.equals(other.life(), q.life())) {
              closeSession(id);
            }
          });
          var id = "%016x".formatted(world.random().nextLong() >>> 1);
          sessions.put(id, q);
          return Future.succeededFuture(new Session(id, LEASE_MILLIS));
        });
    bus.answer(
        CatalogContract.RENEW_SESSION,
        q ->
            closedSessions.contains(q.sessionId())
                ? Future.failedFuture(sessionClosed())
                : Future.succeededFuture(new Session(q.sessionId(), LEASE_MILLIS)));
    bus.answer(
        CatalogContract.CLOSE_SESSION,
        q -> {
          closeSession(q.sessionId());
          return Future.succeededFuture(new Done());
        });
  }

  /// Closes a session and gives back what it had claimed.
  public void closeSession(String id) {
    closedSessions.add(id);
    held.values().stream()
        .filter(claim -> claim.owner().equals(id))
        .forEach(claim -> {
          held.remove(claim.task().taskId());
          due.add(claim.task());
        });
  }

  private static Failure claimLost() {
    return Failure.of(FailureCode.CONFLICT, "the claim is somebody else's", "what", "claim");
  }

  private static Failure sessionClosed() {
    return Failure.of(FailureCode.CONFLICT, "the session is closed", "what", "session");
  }

  private void answerScans(Bus bus) {
    bus.answer(CatalogScanContract.LIST_EXTENTS, _ -> Future.succeededFuture(extents()));
    bus.answer(CatalogScanContract.LIST_SHARDS, q -> Future.succeededFuture(listShards(q)));
    bus.answer(CatalogScanContract.CREATE_SCAN, q -> Future.succeededFuture(create(q)));
    bus.answer(CatalogScanContract.SAVE_SCAN, this::save);
    bus.answer(
        CatalogScanContract.FIND_SCAN,
        q -> {
          var row = scans.get(q.scanId());
          return row == null
              ? Future.failedFuture(
                  Failure.of(FailureCode.NOT_FOUND, "no such scan", "what", "scan"))
              : Future.succeededFuture(row);
        });
    bus.answer(CatalogScanContract.LIST_SCANS, q -> Future.succeededFuture(listScans(q)));
    bus.answer(
        CatalogScanContract.NOTE_VERIFIED,
        q -> {
          coverage.add(q);
          return Future.succeededFuture(new Done());
        });
    bus.answer(
        CatalogCollectContract.NOTE_VERDICTS,
        q -> {
          verdicts.addAll(q.verdicts());
          return Future.succeededFuture(new Done());
        });
    bus.answer(
        CatalogScanContract.NOTE_UNREFERENCED,
        q -> {
          unreferenced.addAll(q.names());
          return Future.succeededFuture(
              new Orphans(q.names().stream().filter(orphans::contains).toList()));
        });
  }

  private Extents extents() {
    var leaves = new TreeSet<String>();
    rows.values().stream()
        .filter(row -> !PackRowsTwin.isPacked(row))
        .forEach(row -> leaves.add(Names.leaf(WriteId.parse(row.segment().writeId()))));
    long bytes = rows.values().stream().mapToLong(row -> row.segment().sizeBytes()).sum();
    return new Extents(List.copyOf(leaves), rows.size(), bytes);
  }

  private ShardRows listShards(ListShards question) {
    var page = new ArrayList<SegmentRow>();
    int max = Math.min(question.max(), PAGE_ROWS);
    for (var row : rows.values()) {
      var id = row.segment().writeId();
      var after = question.afterWriteId();
      if (Names.leaf(WriteId.parse(id)).equals(question.leaf())
          && !PackRowsTwin.isPacked(row)
          && (after == null || id.compareTo(after) > 0)) {
        if (page.size() == max) {
          return new ShardRows(page, page.getLast().segment().writeId());
        }
        page.add(row);
      }
    }
    return new ShardRows(page, null);
  }

  private ScanRow create(CreateScan question) {
    var id = "scan-" + (scans.size() + 1);
    var now = Instant.ofEpochSecond(scans.size());
    var row =
        new ScanRow(
            id, question.definitionJson(), question.priority(), "Started", null, now, null, 1);
    scans.put(id, row);
    return row;
  }

  private Future<ScanRow> save(SaveScan question) {
    var row = scans.get(question.scanId());
    if (row == null || row.version() != question.version()) {
      return Future.failedFuture(Failure.of(FailureCode.CONFLICT, "changed", "what", "scan"));
    }
    return beforeScanSave.apply(question).map(_ -> keep(row, question));
  }

  private ScanRow keep(ScanRow row, SaveScan question) {
    issues.addAll(question.newIssues());
    boolean ended = Set.of("Completed", "Cancelled", "Failed").contains(question.status());
    var saved =
        new ScanRow(
            row.scanId(),
            row.definitionJson(),
            row.priority(),
            question.status(),
            question.stateJson(),
            row.created(),
            ended ? Instant.now() : null,
            row.version() + 1);
    scans.put(row.scanId(), saved);
    return saved;
  }

  private ScanRows listScans(ListScans question) {
    var order = Comparator.comparing(ScanRow::created);
    return new ScanRows(
        scans.values().stream()
            .filter(row -> !question.open() || row.ended() == null)
            .sorted(question.open() ? order : order.reversed())
            .limit(question.max())
            .toList(),
        null);
  }

  private void answerHeals(Bus bus) {
    bus.answer(
        CatalogHealContract.REPORT_DAMAGE,
        q -> {
          reports.add(q);
          return Future.succeededFuture(
              new DamageReported(
                  (int) q.damages().stream().map(Damage::writeId).distinct().count()));
        });
    bus.answer(
        CatalogHealContract.CLAIM_HEALS,
        q ->
            closedSessions.contains(q.owner())
                ? Future.failedFuture(sessionClosed())
                : Future.succeededFuture(claim(q)));
    bus.answer(
        CatalogHealContract.RENEW_HEAL,
        q -> {
          renewals.add(q);
          return claimsLost ? Future.failedFuture(claimLost()) : Future.succeededFuture(new Done());
        });
    bus.answer(
        CatalogHealContract.HASTEN_HEALS,
        q -> {
          hastened.add(q);
          return Future.succeededFuture(new HealsHastened(0));
        });
    bus.answer(CatalogHealContract.MOVE_SHARDS, this::move);
    bus.answer(CatalogHealContract.MEND_PACKED, this::mend);
    bus.answer(
        CatalogHealContract.SETTLE_HEAL,
        q -> {
          held.remove(q.taskId());
          settled.add(q);
          return Future.succeededFuture(new Done());
        });
    bus.answer(
        CatalogHealContract.GET_QUEUE,
        _ -> Future.succeededFuture(new Queue(due.size(), 1, 2, 3, settled.size(), 4)));
    bus.answer(
        CatalogHealContract.REMAP_PRIORITIES,
        q -> {
          remaps.add(q);
          return Future.succeededFuture(new Done());
        });
    bus.answer(CatalogHealContract.OPEN_REQUEST, this::open);
  }

  private Future<HealRequest> open(OpenRequest question) {
    requests.add(question);
    return rows.values().stream().noneMatch(row -> row.key().equals(question.key()))
        ? Future.failedFuture(Failure.of(FailureCode.NOT_FOUND, "no such key", "what", "key"))
        : Future.succeededFuture(
            new HealRequest(
                "heal-1",
                question.bucket(),
                question.key(),
                null,
                question.priority(),
                question.mode(),
                "Queued",
                1,
                0,
                question.maxRetries(),
                Instant.EPOCH,
                null,
                null,
                null,
                null));
  }

  private ClaimedHeals claim(ClaimHeals question) {
    var tasks = new ArrayList<HealTask>();
    for (@Nullable HealTask task = next(question, tasks);
        task != null;
        task = next(question, tasks)) {
      tasks.add(task);
      held.put(task.taskId(), new Held(question.owner(), task));
    }
    claims.add(question);
    return new ClaimedHeals(tasks);
  }

  private @Nullable HealTask next(ClaimHeals question, List<HealTask> taken) {
    var packedMax = question.packedMax();
    int max = question.max() + (packedMax == null || !givesMore ? 0 : packedMax);
    return taken.size() < max && !question.onDemandOnly() ? due.poll() : null;
  }

  private Future<ShardsMoved> move(MoveShards question) {
    beforeMove.accept(question);
    if (closedSessions.contains(question.sessionId())) {
      return Future.failedFuture(sessionClosed());
    }
    if (claimsLost) {
      return Future.failedFuture(claimLost());
    }
    moves.add(question);
    var moved = new ArrayList<Integer>();
    var row = rows.get(question.writeId());
    if (row != null) {
      for (var move : question.moves()) {
        var old = move.oldAttemptId();
        if (old == null
            ? add(question.writeId(), move.location())
            : swap(question.writeId(), old, move.location())) {
          moved.add(move.location().index());
        }
      }
    }
    return Future.succeededFuture(new ShardsMoved(moved));
  }

  private Future<PackedMended> mend(MendPacked question) {
    mends.add(question);
    if (closedSessions.contains(question.sessionId())) {
      return Future.failedFuture(sessionClosed());
    }
    var ended = new ArrayList<Long>();
    for (var mended : question.mended()) {
      boolean whole = !claimsLost;
      for (var move : mended.moves()) {
        var old = Objects.requireNonNull(move.oldAttemptId());
        whole = whole && swap(mended.writeId(), old, move.location());
      }
      if (whole) {
        held.remove(mended.taskId());
        ended.add(mended.taskId());
      }
    }
    return Future.succeededFuture(new PackedMended(ended));
  }

  /// One compare-and-set on the row of a shard.
  public boolean swap(String writeId, String oldAttemptId, Location location) {
    var row = rows.get(writeId);
    if (row == null) {
      return false;
    }
    var locations = new ArrayList<>(row.segment().locations());
    for (int i = 0; i < locations.size(); i++) {
      var old = locations.get(i);
      if (old.index() == location.index() && old.attemptId().equals(oldAttemptId)) {
        locations.set(i, location);
        rows.put(writeId, with(row, locations));
        return true;
      }
    }
    return false;
  }

  private boolean add(String writeId, Location location) {
    var row = rows.get(writeId);
    if (row == null) {
      return false;
    }
    var locations = new ArrayList<>(row.segment().locations());
    locations.add(location);
    rows.put(writeId, with(row, locations));
    return true;
  }

  public static SegmentRow with(SegmentRow row, List<Location> locations) {
    var s = row.segment();
    var segment =
        new Segment(
            s.ordinal(),
            s.writeId(),
            s.offset(),
            s.sizeBytes(),
            s.layout(),
            s.footerBytes(),
            s.footerSha256(),
            s.shardSha256(),
            s.shardBytes(),
            locations);
    return new SegmentRow(
        row.bucket(),
        row.bucketClass(),
        row.key(),
        row.versionId(),
        row.segmentsInVersion(),
        segment,
        row.created());
  }
}
