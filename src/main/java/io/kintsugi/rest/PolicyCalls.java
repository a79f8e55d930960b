package io.kintsugi.rest;

import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.ChangeHealPolicy;
import io.kintsugi.contract.PolicyContract.ChangeScanPolicy;
import io.kintsugi.contract.PolicyContract.GetPolicies;
import io.kintsugi.contract.PolicyContract.HealPolicy;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.PolicyContract.ScanPolicy;
import io.kintsugi.contract.Priority;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Durations;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Policies: read whole, changed field by field. What a GET answers can be changed and PUT back as
/// it is.
final class PolicyCalls {
  private static final List<String> MAPPED =
      List.of("critical_buckets", "important_buckets", "standard_buckets");
  private static final long BANDWIDTH_MAX = 1_000_000;
  private static final long MILLIS_PER_SECOND = 1_000;
  private static final String REBUILD_AFTER = "rebuild_after";
  private static final String NEVER = "never";

  private final World world;

  PolicyCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/admin/policy/scan", asked -> get(asked).map(p -> reply(p.scan()))),
        Route.put("/admin/policy/scan", this::putScan),
        Route.get("/admin/policy/heal", asked -> get(asked).map(p -> reply(p.heal()))),
        Route.put("/admin/policy/heal", this::putHeal));
  }

  private Future<Policies> get(Asked asked) {
    asked.nothing();
    return world.bus().ask(PolicyContract.GET_POLICIES, new GetPolicies());
  }

  private Future<Reply> putScan(Asked asked) {
    var ifMatch = Versions.ifMatch(asked);
    var change = asked.body(body -> readScan(body, ifMatch));
    return world
        .bus()
        .ask(PolicyContract.CHANGE_SCAN_POLICY, change)
        .map(policies -> reply(policies.scan()));
  }

  private static ChangeScanPolicy readScan(Fields body, @Nullable Long ifMatch) {
    return new ChangeScanPolicy(
        version(body, ifMatch),
        body.choice("default_scan_mode", Words.SCAN_MODES),
        duration(body, "default_scan_interval"),
        body.number("deep_scan_probability", 0, 1),
        body.whole("bandwidth_limit_mbps", 0, BANDWIDTH_MAX),
        body.wholeInt("concurrent_scanners", 1, Integer.MAX_VALUE),
        body.flag("skip_system_objects"),
        body.texts("priority_buckets"));
  }

  private Future<Reply> putHeal(Asked asked) {
    var ifMatch = Versions.ifMatch(asked);
    var change = asked.body(body -> readHeal(body, ifMatch));
    return world
        .bus()
        .ask(PolicyContract.CHANGE_HEAL_POLICY, change)
        .map(policies -> reply(policies.heal()));
  }

  private static ChangeHealPolicy readHeal(Fields body, @Nullable Long ifMatch) {
    return new ChangeHealPolicy(
        version(body, ifMatch),
        body.wholeInt("max_concurrent_heals", 1, Integer.MAX_VALUE),
        duration(body, "emergency_heal_timeout"),
        body.flag("auto_heal_enabled"),
        body.flag("heal_verification_required"),
        mapping(body.object("priority_mapping")),
        rebuildAfter(body));
  }

  /// As a duration, or in seconds; `never`, which is what no time at all means too.
  private static @Nullable Long rebuildAfter(Fields body) {
    var millis = body.durationMillis(REBUILD_AFTER, NEVER, HealPolicy.NEVER);
    return seconds(body, REBUILD_AFTER, millis);
  }

  /// A version in the body means what If-Match means.
  private static @Nullable Long version(Fields body, @Nullable Long ifMatch) {
    var version = body.whole("version", 1, Long.MAX_VALUE);
    if (version != null && ifMatch != null && !version.equals(ifMatch)) {
      body.refuse("version", "is not the one in If-Match");
    }
    return ifMatch == null ? version : ifMatch;
  }

  /// A duration as text, or in seconds, or both if they agree.
  private static @Nullable Long duration(Fields body, String name) {
    return seconds(body, name, body.durationMillis(name));
  }

  private static @Nullable Long seconds(Fields body, String name, @Nullable Long millis) {
    var seconds = body.number(name + "_seconds", 0, Long.MAX_VALUE / (double) MILLIS_PER_SECOND);
    if (seconds == null) {
      return millis;
    }
    long same = Math.round(seconds * MILLIS_PER_SECOND);
    if (millis != null && millis != same) {
      body.refuse(name + "_seconds", "does not agree with " + name + "; give one of them");
    }
    return same;
  }

  private static @Nullable Map<String, Priority> mapping(@Nullable Fields body) {
    if (body == null) {
      return null;
    }
    var mapping = new TreeMap<String, Priority>();
    for (var name : MAPPED) {
      var priority = Words.priority(body, name);
      if (priority != null) {
        mapping.put(name, priority);
      }
    }
    return mapping;
  }

  private static Reply reply(ScanPolicy policy) {
    long intervalMillis = policy.defaultScanIntervalMillis();
    var body =
        new JsonObject()
            .put("version", policy.version())
            .put("default_scan_mode", policy.defaultScanMode())
            .put("default_scan_interval", Durations.exact(intervalMillis))
            .put("default_scan_interval_seconds", Figures.seconds(intervalMillis))
            .put("deep_scan_probability", policy.deepScanProbability())
            .put("bandwidth_limit_mbps", policy.bandwidthLimitMbps())
            .put("concurrent_scanners", policy.concurrentScanners())
            .put("skip_system_objects", policy.skipSystemObjects())
            .put("priority_buckets", new JsonArray(List.copyOf(policy.priorityBuckets())));
    return new Reply.Data(Reply.OK, body, Versions.etag(policy.version()));
  }

  private static Reply reply(HealPolicy policy) {
    long timeoutMillis = policy.emergencyHealTimeoutMillis();
    var mapping = new JsonObject();
    for (var name : MAPPED) {
      var priority = policy.priorityMapping().get(name);
      mapping.put(name, priority == null ? null : priority.label());
    }
    var body =
        new JsonObject()
            .put("version", policy.version())
            .put("max_concurrent_heals", policy.maxConcurrentHeals())
            .put("emergency_heal_timeout", Durations.exact(timeoutMillis))
            .put("emergency_heal_timeout_seconds", Figures.seconds(timeoutMillis))
            .put("auto_heal_enabled", policy.autoHealEnabled())
            .put("heal_verification_required", policy.healVerificationRequired())
            .put("priority_mapping", mapping);
    long rebuildMillis = policy.rebuildAfter();
    boolean never = rebuildMillis == HealPolicy.NEVER;
    body.put(REBUILD_AFTER, never ? NEVER : Durations.exact(rebuildMillis))
        .put(REBUILD_AFTER + "_seconds", never ? null : Figures.seconds(rebuildMillis));
    return new Reply.Data(Reply.OK, body, Versions.etag(policy.version()));
  }
}
