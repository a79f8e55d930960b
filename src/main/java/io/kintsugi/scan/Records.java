package io.kintsugi.scan;

import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.OriginContract;
import io.kintsugi.contract.OriginContract.Depth;
import io.kintsugi.contract.OriginContract.ExpectedRecord;
import io.kintsugi.contract.OriginContract.RecordFindings;
import io.kintsugi.contract.OriginContract.ShardFinding;
import io.kintsugi.contract.OriginContract.VerifyRecords;
import io.kintsugi.kernel.Failure;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has shards in packs looked at, so many at once that the answer comes in time. An origin that did
/// not answer once is not asked again; of what it was not asked about nothing is known.
final class Records {
  private static final Logger LOG = LoggerFactory.getLogger(Records.class);
  private static final int QUESTION_RECORDS_MAX = 1024;
  private static final long QUESTION_BYTES_MAX = 32L << 20;

  /// A question at the slowest pace takes so long; its answer may take four times as much.
  private static final long QUESTION_SECONDS = 30;

  private final Errand errand;
  private final Set<String> broken = new HashSet<>();
  private long readBytes;
  private boolean cancelled;

  Records(Errand errand) {
    this.errand = errand;
  }

  void cancel() {
    cancelled = true;
  }

  long readBytes() {
    return readBytes;
  }

  /// A shard, and the pack in which it should lie.
  record Wanted(String originId, String incarnation, String pack, ExpectedRecord record) {}

  /// What is wrong with shards of any packs, by name; it fails only when it is called off.
  Future<Map<String, ShardFinding>> look(List<Wanted> wanted, long bytesPerSecond) {
    var found = new HashMap<String, ShardFinding>();
    Future<Void> done = Future.succeededFuture();
    for (var question : questions(wanted, bytesPerSecond)) {
      done =
          done.compose(_ -> ask(question, bytesPerSecond))
              .map(findings -> {
                findings.forEach(finding -> found.put(finding.name(), finding));
                return null;
              });
    }
    return done.map(_ -> found);
  }

  private List<List<Wanted>> questions(List<Wanted> wanted, long bytesPerSecond) {
    long bytesMax =
        bytesPerSecond == 0
            ? QUESTION_BYTES_MAX
            : Math.min(QUESTION_BYTES_MAX, bytesPerSecond * QUESTION_SECONDS);
    var questions = new ArrayList<List<Wanted>>();
    var open = new ArrayList<Wanted>();
    long bytes = 0;
    for (var next : wanted) {
      boolean elsewhere = !open.isEmpty() && !isSamePack(open.getFirst(), next);
      boolean full =
          open.size() == QUESTION_RECORDS_MAX
              || (errand.depth() != Depth.QUICK && bytes + next.record().sizeBytes() > bytesMax);
      if (!open.isEmpty() && (elsewhere || full)) {
        questions.add(List.copyOf(open));
        open.clear();
        bytes = 0;
      }
      open.add(next);
      bytes += next.record().sizeBytes();
    }
    if (!open.isEmpty()) {
      questions.add(open);
    }
    return questions;
  }

  private static boolean isSamePack(Wanted one, Wanted other) {
    return one.originId().equals(other.originId())
        && one.incarnation().equals(other.incarnation())
        && one.pack().equals(other.pack());
  }

  private Future<List<ShardFinding>> ask(List<Wanted> wanted, long bytesPerSecond) {
    if (cancelled) {
      return Errand.calledOff();
    }
    var first = wanted.getFirst();
    if (broken.contains(first.originId())) {
      return Future.succeededFuture(unreachable(wanted, "not asked after it did not answer"));
    }
    var question =
        new VerifyRecords(
            first.pack(),
            first.incarnation(),
            errand.depth(),
            bytesPerSecond,
            wanted.stream().map(Wanted::record).toList());
    return errand
        .world()
        .bus()
        .ask(OriginContract.VERIFY_RECORDS.at(first.originId()), question)
        .map(answer -> findings(wanted, answer))
        .otherwise(cause -> {
          var failure = Failure.from(cause);
          LOG.atWarn()
              .addKeyValue("task", errand.scanId())
              .addKeyValue("code", failure.code())
              .log(
                  "look broke off origin={} pack={}: {}",
                  first.originId(),
                  first.pack(),
                  failure.text());
          broken.add(first.originId());
          return unreachable(wanted, "its origin did not answer: " + failure.text());
        });
  }

  private List<ShardFinding> findings(List<Wanted> wanted, RecordFindings answer) {
    readBytes += answer.readBytes();
    if (answer.markerVerified()) {
      return answer.findings();
    }
    // What was seen may be another disk's, the good as well as the bad.
    broken.add(wanted.getFirst().originId());
    return unreachable(wanted, "its origin was not proven to be ours");
  }

  private static List<ShardFinding> unreachable(List<Wanted> wanted, String why) {
    return wanted.stream()
        .map(one ->
            new ShardFinding(
                one.record().name(), 0, Evidence.UNREACHABLE, why, false, false, null, 0))
        .toList();
  }
}
