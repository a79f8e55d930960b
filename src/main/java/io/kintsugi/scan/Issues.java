package io.kintsugi.scan;

import static java.util.Objects.requireNonNull;

import io.kintsugi.contract.CatalogScanContract.Issue;
import io.kintsugi.contract.CatalogScanContract.SegmentRow;
import io.kintsugi.contract.Evidence;
import io.kintsugi.contract.IssueType;
import io.kintsugi.contract.Layout;
import io.kintsugi.contract.Severity;
import io.kintsugi.format.Names;
import io.kintsugi.kernel.Pure;
import io.kintsugi.scan.Judgement.Judged;
import io.kintsugi.scan.Judgement.Shard;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What is told to people of damaged segments and of names that belong to nobody.
@Pure
final class Issues {
  private Issues() {}

  /// The issues of one segment: one per kind of damage, or one that says it cannot be rebuilt.
  static List<Issue> of(Judged judged, Instant now) {
    if (!judged.isDamaged()) {
      return List.of();
    }
    var layout = judged.row().segment().layout();
    long usable = indexes(judged, shard -> !shard.evidence().isDamage() || shard.manifestOnly());
    if (usable < layout.k()) {
      return List.of(unrecoverable(judged, usable, now));
    }
    long intact = indexes(judged, shard -> shard.evidence() == Evidence.HEALTHY);
    var severity = Severity.ofSpare((int) intact - layout.k());
    var issues = new ArrayList<Issue>();
    for (var type : KINDS) {
      var hit = damaged(judged).stream().filter(shard -> type(shard) == type).toList();
      if (!hit.isEmpty()) {
        var text = describe(type, hit, layout) + packs(hit);
        issues.add(issue(judged.row(), type, severity, text, now));
      }
    }
    return issues;
  }

  private static final List<IssueType> KINDS =
      List.of(
          IssueType.MISSING_SHARDS,
          IssueType.CORRUPT_SHARDS,
          IssueType.STALE_SHARDS,
          IssueType.MISSING_MANIFEST,
          IssueType.CORRUPT_MANIFEST);

  /// One issue per write (or foreign name) whose shards lie in a leaf and belong to nobody.
  ///
  /// @param orphans names by origin
  static List<Issue> ofOrphans(Map<String, List<String>> orphans, Instant now) {
    var places = new TreeMap<String, TreeSet<String>>();
    var counts = new TreeMap<String, Integer>();
    orphans.forEach((origin, names) -> {
      for (String name : names) {
        var writeId = writeId(name);
        var subject = writeId == null ? name : writeId;
        places.computeIfAbsent(subject, _ -> new TreeSet<>()).add(origin);
        counts.merge(subject, 1, Integer::sum);
      }
    });
    var issues = new ArrayList<Issue>();
    counts.forEach((subject, count) -> {
      var where = String.join(", ", places.getOrDefault(subject, new TreeSet<>()));
      issues.add(
          new Issue(
              IssueType.ORPHAN_SHARDS,
              Severity.LOW,
              "",
              subject,
              null,
              subject.indexOf('/') < 0 ? subject : null,
              count + (count == 1 ? " orphan shard on " : " orphan shards on ") + where,
              now));
    });
    return issues;
  }

  private static @Nullable String writeId(String name) {
    return Names.parse(name).map(parsed -> parsed.writeId().toString()).orElse(null);
  }

  private static Issue unrecoverable(Judged judged, long usable, Instant now) {
    var layout = judged.row().segment().layout();
    var told = new ArrayList<String>();
    for (var type : KINDS) {
      var hit = damaged(judged).stream().filter(shard -> type(shard) == type).toList();
      if (!hit.isEmpty()) {
        var text = describe(type, hit, layout) + packs(hit);
        told.add(Character.toLowerCase(text.charAt(0)) + text.substring(1));
      }
    }
    var description =
        "Only %d of the %d shards it takes are left: %s"
            .formatted(usable, layout.k(), String.join(", ", told));
    return issue(judged.row(), IssueType.UNRECOVERABLE, Severity.CRITICAL, description, now);
  }

  private static IssueType type(Shard shard) {
    return switch (shard.evidence()) {
      case MISSING, ABSENT -> IssueType.MISSING_SHARDS;
      case STALE -> IssueType.STALE_SHARDS;
      default -> {
        if (shard.manifestMissing()) {
          yield IssueType.MISSING_MANIFEST;
        }
        yield shard.manifestOnly() ? IssueType.CORRUPT_MANIFEST : IssueType.CORRUPT_SHARDS;
      }
    };
  }

  private static String describe(IssueType type, List<Shard> hit, Layout layout) {
    return switch (type) {
      case MISSING_SHARDS -> "Missing " + count(hit, layout, "");
      case STALE_SHARDS -> count(hit, layout, "stale ");
      case MISSING_MANIFEST -> "Missing manifest on " + count(hit, layout, "");
      case CORRUPT_MANIFEST -> "Corrupt manifest on " + count(hit, layout, "");
      default -> count(hit, layout, "corrupt ");
    };
  }

  /// The packs in which those that are hit should lie, if they do in any.
  private static String packs(List<Shard> hit) {
    var places =
        hit.stream()
            .map(Shard::location)
            .filter(location -> location.packed() != null)
            .map(
                location -> requireNonNull(location.packed()).pack() + " on " + location.originId())
            .distinct()
            .toList();
    return places.isEmpty() ? "" : " (" + String.join(", ", places) + ")";
  }

  /// `1 data shard`, `2 corrupt shards (1 data, 1 parity)`, `1 copy`.
  private static String count(List<Shard> hit, Layout layout, String adjective) {
    int all = (int) hit.stream().map(shard -> shard.location().index()).distinct().count();
    if (layout.k() == 1) {
      return all + " " + adjective + (all == 1 ? "copy" : "copies");
    }
    long data =
        hit.stream()
            .map(shard -> shard.location().index())
            .distinct()
            .filter(index -> index < layout.k())
            .count();
    if (data > 0 && data < all) {
      return "%d %sshards (%d data, %d parity)".formatted(all, adjective, data, all - data);
    }
    var kind = data > 0 ? "data " : "parity ";
    return all + " " + adjective + kind + (all == 1 ? "shard" : "shards");
  }

  private static List<Shard> damaged(Judged judged) {
    return judged.shards().stream().filter(shard -> shard.evidence().isDamage()).toList();
  }

  private static long indexes(Judged judged, Predicate<Shard> which) {
    return judged.shards().stream()
        .filter(which)
        .map(shard -> shard.location().index())
        .distinct()
        .count();
  }

  private static Issue issue(
      SegmentRow row, IssueType type, Severity severity, String description, Instant now) {
    return new Issue(
        type,
        severity,
        row.bucket(),
        row.key(),
        row.versionId(),
        row.segment().writeId(),
        description,
        now);
  }
}
