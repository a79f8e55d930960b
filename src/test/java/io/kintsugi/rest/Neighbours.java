package io.kintsugi.rest;

import io.kintsugi.contract.AbsenceContract;
import io.kintsugi.contract.AbsenceContract.AbsenceReport;
import io.kintsugi.contract.AbsenceContract.AbsentOrigin;
import io.kintsugi.contract.CacheContract;
import io.kintsugi.contract.CatalogContract;
import io.kintsugi.contract.CatalogContract.Bucket;
import io.kintsugi.contract.CatalogContract.BucketStanding;
import io.kintsugi.contract.CatalogContract.Buckets;
import io.kintsugi.contract.CatalogContract.Standing;
import io.kintsugi.contract.CatalogDeedContract;
import io.kintsugi.contract.CatalogHealContract.ActiveHeal;
import io.kintsugi.contract.CatalogHealContract.ActiveHeals;
import io.kintsugi.contract.CatalogHealContract.HealRequest;
import io.kintsugi.contract.CatalogHealContract.HealRequests;
import io.kintsugi.contract.CatalogHealContract.HealResult;
import io.kintsugi.contract.CatalogHealContract.Validation;
import io.kintsugi.contract.CatalogOriginContract;
import io.kintsugi.contract.CatalogOriginContract.Cluster;
import io.kintsugi.contract.CatalogScanContract;
import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CatalogScanContract.Issues;
import io.kintsugi.contract.CollectContract;
import io.kintsugi.contract.CollectContract.BrakeMoved;
import io.kintsugi.contract.CollectContract.Collection;
import io.kintsugi.contract.CollectContract.Compaction;
import io.kintsugi.contract.CollectContract.OriginCollection;
import io.kintsugi.contract.Done;
import io.kintsugi.contract.FilesContract;
import io.kintsugi.contract.FilesContract.FileStamp;
import io.kintsugi.contract.HealContract;
import io.kintsugi.contract.IssueType;
import io.kintsugi.contract.JournalContract;
import io.kintsugi.contract.JournalContract.JournalView;
import io.kintsugi.contract.JournalContract.RebuildView;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.MemberContract;
import io.kintsugi.contract.MemberContract.LogLevels;
import io.kintsugi.contract.MemberContract.Node;
import io.kintsugi.contract.MemberContract.VerticleState;
import io.kintsugi.contract.MetricsContract;
import io.kintsugi.contract.MetricsContract.MetricValue;
import io.kintsugi.contract.MetricsContract.MetricValues;
import io.kintsugi.contract.MetricsContract.Scraped;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.OriginState;
import io.kintsugi.contract.OriginContract.Origins;
import io.kintsugi.contract.OriginDefinition;
import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.OriginHealthContract.Breaker;
import io.kintsugi.contract.OriginHealthContract.HealthError;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.contract.OriginHealthContract.Probes;
import io.kintsugi.contract.OriginHealthContract.Transition;
import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.PolicyContract.SystemState;
import io.kintsugi.contract.PoolConfig;
import io.kintsugi.contract.Priority;
import io.kintsugi.contract.RegistryContract;
import io.kintsugi.contract.RegistryContract.DrainView;
import io.kintsugi.contract.RegistryContract.Explanation;
import io.kintsugi.contract.RegistryContract.OriginRemoved;
import io.kintsugi.contract.RegistryContract.OriginView;
import io.kintsugi.contract.RegistryContract.OriginViews;
import io.kintsugi.contract.RegistryContract.PoolView;
import io.kintsugi.contract.RegistryContract.RebalanceView;
import io.kintsugi.contract.RegistryContract.Usage;
import io.kintsugi.contract.RegistryContract.Verdict;
import io.kintsugi.contract.RegistryContract.Work;
import io.kintsugi.contract.ScanContract;
import io.kintsugi.contract.ScanContract.Progress;
import io.kintsugi.contract.ScanContract.ScanList;
import io.kintsugi.contract.ScanContract.ScanStarted;
import io.kintsugi.contract.ScanContract.ScanStatus;
import io.kintsugi.contract.Severity;
import io.kintsugi.contract.Subsystem;
import io.kintsugi.contract.TreeCareContract;
import io.kintsugi.contract.TreeContract;
import io.kintsugi.contract.TreeContract.Copy;
import io.kintsugi.contract.TreeContract.Entry;
import io.kintsugi.contract.TreeContract.EntryPage;
import io.kintsugi.contract.TreeContract.FoundEntry;
import io.kintsugi.contract.TreeContract.Silent;
import io.kintsugi.contract.TreeContract.Source;
import io.kintsugi.contract.TreeContract.Tree;
import io.kintsugi.contract.TreeContract.Trees;
import io.kintsugi.contract.TreeWriteContract;
import io.kintsugi.kernel.Bus;
import io.kintsugi.kernel.Call;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Plays everybody the edge asks, with the seed's figures; each can be made to fail or fall silent.
final class Neighbours {
  static final Instant AT = Instant.parse("2024-01-15T10:30:00.250Z");
  static final OriginState DISK = origin("disk-1", "healthy", "ours");
  private static final DrainView DRAIN = new DrainView("disk-1", "running", AT, 12, 3_400, 5, 600);
  private static final RebalanceView REBALANCE =
      new RebalanceView("running", null, AT, 3, 900, Map.of("disk-1", 0.25));
  private static final OriginView VIEW =
      new OriginView(
          OriginDefinition.of("disk-1", "local", Map.of("path", "/data/disk-1")),
          DISK,
          "file",
          List.of("password"),
          new Work(7, 3, 700, 300, 1),
          new Usage(250, 50, 4),
          DRAIN);
  static final Tree TREE =
      new Tree("photos", List.of(new Source("nas", "photos", 10)), "priority", AT, 2);
  private static final Instant LATER = Instant.parse("2024-01-15T11:46:00Z");

  private final Bus bus;
  private final Map<String, Record> asked = new ConcurrentHashMap<>();
  private final Map<String, Failure> failing = new ConcurrentHashMap<>();
  private final Map<String, Record> instead = new ConcurrentHashMap<>();
  private final Set<String> silent = ConcurrentHashMap.newKeySet();

  Neighbours(Bus bus) {
    this.bus = bus;
    system();
    scans();
    heals();
    others();
  }

  void reset() {
    asked.clear();
    failing.clear();
    instead.clear();
    silent.clear();
  }

  void fail(Call<?, ?> call, Failure failure) {
    failing.put(call.address(), failure);
  }

  <A extends Record> void answer(Call<?, A> call, A answer) {
    instead.put(call.address(), answer);
  }

  void silence(Call<?, ?> call) {
    silent.add(call.address());
  }

  <Q extends Record> Q asked(Call<Q, ?> call) {
    return call.question()
        .cast(Objects.requireNonNull(asked.get(call.address()), call.address() + " not asked"));
  }

  boolean wasAsked(Call<?, ?> call) {
    return asked.containsKey(call.address());
  }

  private <Q extends Record, A extends Record> void play(Call<Q, A> call, Function<Q, A> answer) {
    bus.answer(
        call,
        question -> {
          asked.put(call.address(), question);
          if (silent.contains(call.address())) {
            return Promise.<A>promise().future();
          }
          var failure = failing.get(call.address());
          if (failure != null) {
            return Future.failedFuture(failure);
          }
          var other = instead.get(call.address());
          return Future.succeededFuture(
              other == null ? answer.apply(question) : call.answer().cast(other));
        });
  }

  private void system() {
    play(PolicyContract.GET_POLICIES, _ -> policies("Running"));
    play(PolicyContract.CHANGE_SCAN_POLICY, _ -> policies("Running"));
    play(PolicyContract.CHANGE_HEAL_POLICY, _ -> policies("Running"));
    play(PolicyContract.START_SYSTEM, _ -> policies("Running"));
    play(PolicyContract.STOP_SYSTEM, _ -> policies("Stopped"));
    play(ScanContract.STATUS, _ -> new Subsystem("scanner", "Scanning", AT, null));
    play(HealContract.STATUS, _ -> new Subsystem("heal", "Idle", AT, null));
    play(TreeCareContract.STATUS, _ -> new Subsystem("trees", "Idle", AT, null));
    play(TreeCareContract.GET_TREE_CARE, _ -> TreeCares.ALL);
    play(TreeCareContract.VERIFY_TREE, _ -> TreeCares.ALL);
    play(CollectContract.STATUS, _ -> new Subsystem("collect", "Idle", AT, null));
    play(MetricsContract.STATUS, _ -> new Subsystem("metrics", "Running", AT, null));
    play(JournalContract.STATUS, _ -> new Subsystem("journal", "Running", AT, null));
    play(JournalContract.GET_JOURNAL, _ -> journal());
    play(JournalContract.START_REBUILD, _ -> journal());
    play(CatalogOriginContract.GET_CLUSTER, _ -> new Cluster("ab".repeat(16), AT, false));
    var rest =
        new VerticleState(
            "rest", "io.kintsugi.rest.RestVerticle", 1, "EVENT_LOOP", true, "deployed");
    var ports = Map.of("rest", 9000, "s3", 9001);
    play(MemberContract.GET_NODE, _ -> new Node("node-1", "0.1.0", AT, true, List.of(rest), ports));
    play(
        CacheContract.GET_CACHE,
        _ -> new CacheContract.CacheView("remote", 10, 9, 8, 7, 6, 5, 4, 3));
    play(MemberContract.GET_LOG_LEVELS, _ -> new LogLevels(Map.of("root", "info")));
    play(MemberContract.SET_LOG_LEVEL, _ -> new LogLevels(Map.of("root", "info")));
  }

  private static JournalView journal() {
    var rebuild =
        new RebuildView(
            false,
            "done",
            0,
            42,
            42,
            0,
            List.of("disk-1"),
            List.of(),
            List.of(),
            List.of("photos/late"),
            List.of(),
            Map.of("objects", 7L),
            AT,
            LATER,
            null);
    return new JournalView("free", null, 42, 3, List.of("disk-1"), null, rebuild);
  }

  private static final AbsenceReport AWAY =
      new AbsenceReport(
          List.of(new AbsentOrigin("disk-2", "absent", AT)),
          "NO_SPARE_DOMAIN",
          12,
          "NO_SPARE_DOMAIN: 12 segments wait",
          LATER);

  static Policies policies(String status) {
    return new Policies(
        new ScanPolicy(3, "Normal", 43_200_000, 0.1, 100, 4, true, List.of("critical-data")),
        new HealPolicy(
            5,
            8,
            300_000,
            true,
            true,
            Map.of(
                "critical_buckets", Priority.EMERGENCY,
                "important_buckets", Priority.HIGH,
                "standard_buckets", Priority.NORMAL),
            16,
            50_000),
        new SystemState(2, "ahm-001", status, AT, 10_000, 1_000));
  }

  private void scans() {
    play(
        ScanContract.START_SCAN, _ -> new ScanStarted("scan-12345", "Started", 9_000_000, 850_000));
    play(ScanContract.GET_SCAN, _ -> scan());
    play(ScanContract.LIST_SCANS, _ -> new ScanList(List.of(scan()), "scan-12345"));
    play(ScanContract.PAUSE_SCAN, _ -> scan());
    play(ScanContract.RESUME_SCAN, _ -> scan());
    play(ScanContract.CANCEL_SCAN, _ -> scan());
    var issue =
        new Issue(
            IssueType.MISSING_SHARDS,
            Severity.HIGH,
            "user-uploads",
            "photos/IMG_001.jpg",
            null,
            "ab".repeat(16),
            "Missing 1 data shard",
            AT);
    play(
        CatalogScanContract.LIST_ISSUES,
        _ -> new Issues(List.of(issue), 1_000L, List.of(4L, 3L, 2L, 1L)));
  }

  private static ScanStatus scan() {
    var progress =
        new Progress(
            425_000,
            850_000,
            1_073_741_824_000L,
            1_500_000_000_000L,
            23,
            50.0,
            117.5,
            268_435_456,
            4_500_000,
            4_500_000L,
            0);
    return new ScanStatus(
        "scan-12345",
        "Full",
        "Normal",
        Priority.HIGH,
        "Scanning",
        progress,
        AT,
        null,
        null,
        List.of());
  }

  /// A scan that came to its end without having seen everything.
  static ScanStatus incomplete() {
    var progress = new Progress(9, 9, 900, 0, 0, 100, 1, 1, 1_000, 0L, 12);
    return new ScanStatus(
        "scan-9",
        "Full",
        "Deep",
        Priority.NORMAL,
        "Completed",
        progress,
        AT,
        LATER,
        null,
        List.of("disk-3", "disk-4"));
  }

  private void heals() {
    play(HealContract.REQUEST_HEAL, _ -> queued());
    play(HealContract.GET_HEAL, _ -> healed());
    play(HealContract.LIST_HEALS, _ -> new HealRequests(List.of(healed(), queued()), null));
    play(HealContract.CANCEL_HEAL, _ -> queued());
    play(HealContract.LIST_ACTIVE, _ -> new ActiveHeals(List.of(active())));
  }

  /// Found by a scan; nobody asked for it.
  static ActiveHeal active() {
    return new ActiveHeal(
        17,
        2,
        "user-uploads",
        "photos/IMG_002.jpg",
        null,
        Priority.NORMAL,
        "Background",
        "scan",
        AT);
  }

  static HealRequest queued() {
    return new HealRequest(
        "heal-67890",
        "user-uploads",
        "photos/IMG_001.jpg",
        null,
        Priority.HIGH,
        "OnDemand",
        "Queued",
        5,
        0,
        3,
        AT,
        LATER,
        null,
        null,
        null);
  }

  private static HealRequest healed() {
    var result =
        new HealResult(
            true,
            1,
            8,
            45_200,
            "ParityShardRepair",
            List.of(
                new Validation("Checksum", true, "Object checksum verified", 2_000),
                new Validation("ShardCount", true, "All 8 shards present", 1_000)));
    return new HealRequest(
        "heal-67890",
        "user-uploads",
        "photos/IMG_001.jpg",
        null,
        Priority.HIGH,
        "OnDemand",
        "Completed",
        null,
        1,
        3,
        AT,
        null,
        LATER,
        result,
        null);
  }

  private void others() {
    play(MetricsContract.SCRAPE, _ -> new Scraped("kintsugi_objects_total 2500000\n"));
    play(
        MetricsContract.QUERY_METRICS,
        _ ->
            new MetricValues(
                AT,
                LATER,
                List.of(
                    new MetricValue("objects_total", 2_500_000, "count", Map.of()),
                    new MetricValue("scan_rate_objects_per_second", 117.5, "ops", Map.of()),
                    new MetricValue("heal_success_rate", 0.98, "ratio", Map.of()),
                    new MetricValue(
                        "health_issues_total", 3, "count", Map.of("severity", "high")))));
    play(CatalogContract.LIST_BUCKETS, _ -> new Buckets(List.of(bucket())));
    play(CatalogContract.GET_BUCKET, _ -> bucket());
    play(CatalogContract.CHANGE_BUCKET, _ -> bucket());
    play(CatalogContract.CREATE_BUCKET, _ -> bucket());
    play(CatalogContract.DELETE_BUCKET, _ -> new Done());
    var standing =
        new BucketStanding(
            "user-uploads", new Layout(6, 2), 10, 1_000, 1, Map.of("1", 1L, "2", 9L), null, null);
    play(CatalogContract.GET_STANDING, _ -> new Standing(List.of(standing), 10, 1_000, AT));
    play(AbsenceContract.GET_ABSENCES, _ -> AWAY);
    play(AbsenceContract.SET_LOST, _ -> AWAY);
    play(OriginContract.LIST_ORIGINS, _ -> new Origins(List.of(DISK)));
    play(
        FilesContract.LIST_FILE_ORIGINS,
        _ -> new Origins(List.of(origin("nas", "healthy", "ours"))));
    trees();
    registry();
    play(OriginContract.CHECK_ORIGIN, _ -> DISK);
    var collection =
        new Collection(
            false,
            AT,
            86_400_000,
            7,
            List.of(
                new OriginCollection(
                    "disk-1",
                    "done",
                    1,
                    2,
                    3,
                    4,
                    5,
                    6,
                    7,
                    8,
                    null,
                    new Compaction(9, 10, "packs/0000000000000001-1", 11, 12))));
    play(CollectContract.GET_COLLECTION, _ -> collection);
    play(CollectContract.RUN_COLLECTION, _ -> collection);
    play(CollectContract.REVIEW_BRAKE, question -> new BrakeMoved(question.originId(), null));
    play(OriginContract.REPLACE_ORIGIN, _ -> DISK);
    play(OriginHealthContract.GET_ORIGIN_HEALTH, _ -> health(null));
    play(OriginHealthContract.FORCE_HEALTH, wish -> health(wish.until()));
  }

  static Bucket bucket() {
    return new Bucket(
        "user-uploads", new Layout(6, 2), "critical", "RoundRobin", "degrade", null, AT, 7);
  }

  private void trees() {
    play(TreeContract.LIST_TREES, _ -> new Trees(List.of(TREE)));
    play(TreeContract.GET_TREE, _ -> TREE);
    play(TreeContract.PUT_TREE, _ -> TREE);
    play(TreeContract.DELETE_TREE, _ -> new Done());
    var stamp = new FileStamp(9, AT, "1-2");
    var copies =
        List.of(
            new Copy("nas", "photos/a.jpg", stamp, Copy.CHOSEN, "ab".repeat(32), AT),
            new Copy("box", "a.jpg", stamp, Copy.UNVERIFIED, null, null));
    var entry = new Entry("a.jpg", stamp, "9-1-2", "nas", null, copies);
    var silent = List.of(new Silent("box", "no answer"));
    play(
        TreeContract.LIST_ENTRIES,
        _ -> new EntryPage(List.of(entry), List.of("b/"), "b/", false, silent));
    play(TreeContract.FIND_ENTRY, _ -> new FoundEntry(entry, true, List.of()));
    var place = new CatalogDeedContract.Place("box", "a.jpg", false, null, false);
    play(
        TreeWriteContract.LIST_PENDING,
        _ ->
            new CatalogDeedContract.Deeds(
                List.of(
                    new CatalogDeedContract.Deed(
                        "0".repeat(32),
                        "photos",
                        "a.jpg",
                        "deleted",
                        null,
                        0,
                        AT,
                        false,
                        List.of(place),
                        List.of(),
                        null))));
  }

  private void registry() {
    play(RegistryContract.LIST_VIEWS, _ -> new OriginViews(List.of(VIEW)));
    play(RegistryContract.CREATE_ORIGIN, _ -> VIEW);
    play(RegistryContract.CHANGE_ORIGIN, _ -> VIEW);
    play(RegistryContract.REMOVE_ORIGIN, q -> new OriginRemoved(q.originId(), 0));
    play(RegistryContract.DRAIN_ORIGIN, _ -> DRAIN);
    play(RegistryContract.REBALANCE, _ -> REBALANCE);
    play(
        RegistryContract.GET_POOL, _ -> new PoolView(PoolConfig.DEFAULT, List.of(VIEW), REBALANCE));
    play(RegistryContract.CHANGE_POOL, _ -> PoolConfig.DEFAULT);
    play(
        RegistryContract.EXPLAIN,
        _ ->
            new Explanation(
                "CostAware", List.of(new Verdict("disk-1", 0, "chosen", "cost_per_gb 0.5")), null));
  }

  private static OriginHealth health(@Nullable Instant forcedUntil) {
    return new OriginHealth(
        "disk-1",
        forcedUntil == null ? "degraded" : "healthy",
        "degraded",
        forcedUntil,
        List.of("full"),
        "it is full",
        1,
        2,
        3,
        4,
        5,
        AT,
        null,
        new Probes(6, 7, AT, 8.5),
        new OriginHealthContract.Work(9, 10, 11, 12, 13.5, 14.5, 15.5, 4, 1),
        List.of(new HealthError(AT, "read", "UNAVAILABLE", "Input/output error")),
        List.of(new Transition(AT, "unknown", "healthy", "it answers well")),
        List.of(new Breaker("read", "open", 16, 17, 18, 19, 20, AT)));
  }

  static OriginState origin(String id, String health, String marker) {
    return new OriginState(
        id,
        "local",
        "/data/" + id,
        id,
        100,
        health,
        marker,
        "0123456789abcdef",
        true,
        1_000_000,
        500_000,
        1_000,
        1.5,
        9.25,
        0,
        AT,
        null,
        null,
        List.of());
  }
}
