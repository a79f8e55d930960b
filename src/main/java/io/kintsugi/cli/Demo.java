package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;

/// Stores a tree, breaks what lies on disk, and holds the node to finding and mending all of it.
/// Whatever is not as it must be ends it with an [ApiFailure] that says so.
final class Demo {
  private static final String ACCESS_KEY = "kintsugi";
  private static final String SECRET_KEY = "kintsugi-secret";
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final int NAMES_SHOWN = 20;

  private final PrintStream out;
  private final DemoNode node;
  private final Api api;
  private final S3 s3;
  private final Hammer hammer;
  private final List<SourceFile> files;
  private final long bytes;
  private final DemoReport report = new DemoReport();
  private final Map<String, String> sums = new HashMap<>();

  Demo(PrintStream out, DemoNode node, Path data, List<SourceFile> files) {
    this.out = out;
    this.node = node;
    this.files = files;
    api = new Api(node.httpUrl());
    s3 = new S3(node.s3(), ACCESS_KEY, SECRET_KEY);
    hammer = new Hammer(data);
    bytes = files.stream().mapToLong(SourceFile::bytes).sum();
  }

  /// Does all of it; answers with the exit code.
  int run(Path tree, long seed, int beyond) {
    out.printf("node    %s  S3 %s  (process %d)%n", node.httpUrl(), node.s3(), node.pid());
    out.printf("source  %s: %d files, %s%n", tree, files.size(), Units.bytes(bytes));
    out.printf("seed    %d%n", seed);
    report.fact("objects", files.size() + ", " + Units.bytes(bytes));
    store();
    var stored = settled();
    automaticHeals(false);
    var damage = breakThings(stored, seed, beyond);
    var lost = new TreeSet<>(damage.lost());
    find(damage.hit(stored), Damage.doubtful(stored), lost);
    heal(lost);
    proveClean(lost);
    readBack(lost);
    report.print(out);
    return verdict(lost);
  }

  private int verdict(SortedSet<String> lost) {
    out.println();
    if (lost.isEmpty()) {
      out.println("All objects are back, byte for byte.");
      return Kintsugi.DONE;
    }
    out.printf(
        "Exactly the %d objects broken beyond parity are lost, all others are back, byte for"
            + " byte:%n",
        lost.size());
    lost.forEach(name -> out.println("  " + name));
    return Kintsugi.LOST;
  }

  private void store() {
    title("Store over S3");
    s3.createBucket(SourceFile.LARGE_BUCKET);
    s3.createBucket(SourceFile.SMALL_BUCKET);
    var digests = Parallel.map(files, SourceFile::sha256);
    for (int i = 0; i < files.size(); i++) {
      sums.put(files.get(i).name(), digests.get(i));
    }
    var bar = new ProgressBar(out, "store");
    var done = new AtomicLong();
    // The largest first, so that no long one is left alone at the end.
    var ordered = new ArrayList<>(files);
    ordered.sort((a, b) -> Long.compare(b.bytes(), a.bytes()));
    timed(
        "store over S3",
        bytes,
        () ->
            Parallel.map(
                ordered,
                file -> {
                  s3.put(file.bucket(), file.key(), file.path(), sum(file));
                  long now = done.addAndGet(file.bytes());
                  bar.show((double) now / Math.max(bytes, 1), Units.bytes(now));
                  return file;
                }));
    bar.end();
    StandingCommand.print(out, api.get("/api/v1/standing"), "  ");
  }

  private String sum(SourceFile file) {
    var sum = sums.get(file.name());
    if (sum == null) {
      throw amiss("no digest of " + file.name());
    }
    return sum;
  }

  /// What lies on the origins once the stragglers of the last writes have landed too. The node must
  /// count them as well: what it gave up as too slow may lie there, and is mended elsewhere.
  private List<Damage.Stored> settled() {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var stored = hammer.look();
      boolean landed =
          stored.size() >= files.size() && stored.stream().allMatch(Damage.Stored::isWhole);
      if (landed && countsAllWhole()) {
        // What was mended since the look lies twice now.
        return hammer.look();
      }
      if (System.nanoTime() > deadline) {
        throw amiss("some shards of what was stored never reached their origins");
      }
      alive();
      Watch.pause();
    }
  }

  private boolean countsAllWhole() {
    for (var bucket : api.get("/api/v1/standing").path("buckets")) {
      int parity = bucket.at("/layout/m").asInt();
      for (var spare : bucket.path("objects_by_spare").properties()) {
        if (Integer.parseInt(spare.getKey()) < parity) {
          return false;
        }
      }
    }
    return true;
  }

  private void automaticHeals(boolean on) {
    api.put("/admin/policy/heal", Api.object().put("auto_heal_enabled", on), null);
  }

  private Damage breakThings(List<Damage.Stored> stored, long seed, int beyond) {
    title("Break the storage on disk");
    var origins = hammer.originIds();
    var emptied = origins.get(new Random(seed).nextInt(origins.size()));
    var damage = Damage.plan(stored, emptied, beyond, seed);
    if (damage.lost().size() < beyond) {
      throw amiss(
          "to break %d objects for good, as many that are not empty must be stored"
              .formatted(beyond));
    }
    hammer.strike(damage, seed);
    int files = hammer.empty(emptied);
    var table = new Table("DAMAGE", "COUNT");
    damage.counts().forEach((kind, count) -> table.row(kind.label, count.toString()));
    table.row("files of origin " + emptied + " gone, its marker too", Integer.toString(files));
    table.print(out, "  ");
    damage
        .counts()
        .forEach((kind, count) -> report.fact("damage: " + kind.label, count.toString()));
    report.fact("damage: origin " + emptied + " emptied", files + " files");
    replace(emptied);
    return damage;
  }

  /// An emptied origin must not be taken for a healthy one.
  private void replace(String origin) {
    var path = "/api/v1/origins/" + Api.escape(origin);
    var blank = api.post(path + "/check", null);
    show(blank);
    if (!blank.path("marker").asText().equals("blank") || blank.path("writable").asBoolean()) {
      throw amiss("the emptied origin " + origin + " is not refused as blank");
    }
    var replaced = api.post(path + "/replace", null);
    show(replaced);
    if (!replaced.path("marker").asText().equals("ours")) {
      throw amiss("the origin " + origin + " is not usable after replace");
    }
  }

  private void show(JsonNode origin) {
    out.printf(
        "  origin %s: marker %s, %s, %s%n",
        origin.path("id").asText(),
        origin.path("marker").asText(),
        origin.path("health").asText(),
        origin.path("writable").asBoolean() ? "writable" : "refused for writing");
  }

  private void find(List<String> hit, Set<String> doubtful, SortedSet<String> lost) {
    title("Scan, every byte");
    var found = deepScan("scan", "deep scan");
    var table = new Table("FOUND", "COUNT");
    found.counts().forEach((what, count) -> table.row(what, count.toString()));
    table.print(out, "  ");
    found.counts().forEach((what, count) -> report.fact("found: " + what, count.toString()));
    var missed = new TreeSet<>(hit);
    missed.removeAll(found.objects());
    if (!missed.isEmpty()) {
      throw amiss("the scan did not find the damage of " + some(missed));
    }
    var wronged = new TreeSet<>(found.objects());
    hit.forEach(wronged::remove);
    wronged.removeAll(doubtful);
    if (!wronged.isEmpty()) {
      throw amiss("the scan found damage where there is none: " + some(wronged));
    }
    requireLost(found, lost);
  }

  private static void requireLost(Found found, SortedSet<String> lost) {
    if (!found.unrecoverable().equals(lost)) {
      throw amiss(
          "lost must be [%s], but the scan says [%s]"
              .formatted(some(lost), some(found.unrecoverable())));
    }
  }

  private Found deepScan(String label, String phase) {
    var body = Api.object();
    body.putObject("strategy").put("type", "Full").put("mode", "Deep");
    long begin = System.nanoTime();
    var id = api.post("/admin/scan/start", body).path("scan_id").asText();
    var end = Watch.task(api, out, "scan", id, label);
    if (!end.path("status").asText().equals("Completed")) {
      throw amiss(id + " ended as " + end.path("status").asText());
    }
    if (!end.path("complete").asBoolean()) {
      throw amiss(id + " is incomplete: " + end.path("warning").asText());
    }
    report.phase(phase, bytes, Duration.ofNanos(System.nanoTime() - begin));
    return Found.of(api, id);
  }

  private void heal(SortedSet<String> lost) {
    title("Heal");
    long storedBytes = hammer.storedBytes();
    long begin = System.nanoTime();
    automaticHeals(true);
    var drain = new Drain(api, lost.size());
    var bar = new ProgressBar(out, "heal");
    while (!drain.look()) {
      bar.show(drain.fraction(), drain.detail());
      alive();
      if (System.nanoTime() - begin > PATIENCE.toNanos()) {
        throw amiss("the heals do not come to an end: " + drain.detail());
      }
      Watch.pause();
    }
    bar.show(1, drain.detail());
    bar.end();
    report.fact("healed", drain.detail());
    var time = Duration.ofNanos(System.nanoTime() - begin);
    report.phase("heal (bytes rebuilt)", hammer.storedBytes() - storedBytes, time);
    var standing = api.get("/api/v1/standing");
    StandingCommand.print(out, standing, "  ");
  }

  private void proveClean(SortedSet<String> lost) {
    title("Scan again, every byte");
    var found = deepScan("scan", "second deep scan");
    var left = new TreeSet<>(found.objects());
    left.removeAll(lost);
    if (!left.isEmpty()) {
      found.issues().stream()
          .filter(issue -> left.contains(issue.object()))
          .limit(NAMES_SHOWN)
          .forEach(issue -> out.printf("  %s %s%n", issue.object(), issue.description()));
      throw amiss("after the heals there is still damage in " + some(left));
    }
    requireLost(found, lost);
    out.println(
        lost.isEmpty() ? "  no issues" : "  no issues but the " + lost.size() + " lost objects");
  }

  private void readBack(SortedSet<String> lost) {
    title("Read everything back and compare SHA-256 with the source");
    var bar = new ProgressBar(out, "read ");
    var done = new AtomicLong();
    var wrong =
        timed(
            "read back and compare",
            bytes,
            () ->
                Parallel.map(
                    files,
                    file -> {
                      var verdict = compare(file, lost.contains(file.name()));
                      long now = done.addAndGet(file.bytes());
                      bar.show((double) now / Math.max(bytes, 1), Units.bytes(now));
                      return verdict;
                    }));
    bar.end();
    var complaints = wrong.stream().filter(complaint -> !complaint.isEmpty()).toList();
    if (!complaints.isEmpty()) {
      throw amiss(
          complaints.size()
              + " objects did not come back as they must: "
              + String.join("; ", complaints.subList(0, Math.min(5, complaints.size()))));
    }
    report.fact("read back, byte for byte", Integer.toString(files.size() - lost.size()));
    if (!lost.isEmpty()) {
      report.fact("lost, and said to be", Integer.toString(lost.size()));
    }
  }

  /// Empty if all is as it must be.
  private String compare(SourceFile file, boolean lost) {
    return switch (s3.get(file.bucket(), file.key())) {
      case S3.Read.Whole _ when lost -> file.name() + " is lost but was answered";
      case S3.Read.Whole(var _, var sha256) when sha256.equals(sum(file)) -> "";
      case S3.Read.Whole _ -> file.name() + " has other bytes";
      case S3.Read.Refused _ when lost -> "";
      case S3.Read.Refused(var reason) -> reason;
    };
  }

  private void title(String text) {
    out.println();
    out.println(text);
  }

  private <T> T timed(String phase, long bytes, java.util.function.Supplier<T> work) {
    long begin = System.nanoTime();
    var result = work.get();
    report.phase(phase, bytes, Duration.ofNanos(System.nanoTime() - begin));
    return result;
  }

  private void alive() {
    if (!node.isAlive()) {
      throw amiss("the node ended:" + node.lastLines());
    }
  }

  private static String some(SortedSet<String> names) {
    var shown = names.stream().limit(NAMES_SHOWN).toList();
    return String.join(", ", shown)
        + (names.size() > NAMES_SHOWN ? " and " + (names.size() - NAMES_SHOWN) + " more" : "");
  }

  private static ApiFailure amiss(String what) {
    return new ApiFailure("AMISS", what);
  }
}
