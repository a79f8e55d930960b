package io.kintsugi.rest;

import io.kintsugi.contract.PolicyContract;
import io.kintsugi.contract.PolicyContract.Policies;
import io.kintsugi.contract.PolicyContract.StartSystem;
import io.kintsugi.contract.PolicyContract.StopSystem;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Starting and stopping what scans and heals.
final class SystemCalls {
  /// Settings that the policies know by another name than this call.
  private static final Map<String, String> HERE =
      Map.of(
          "default_scan_mode", "scanner.default_scan_mode",
          "default_scan_interval", "scanner.scan_interval");

  private final World world;

  SystemCalls(World world) {
    this.world = world;
  }

  List<Route> routes() {
    return List.of(
        Route.post("/admin/system/start", this::start),
        Route.post("/admin/system/stop", this::stop));
  }

  private Future<Reply> start(Asked asked) {
    var wish = asked.body(SystemCalls::readStart);
    return world
        .bus()
        .ask(PolicyContract.START_SYSTEM, wish)
        .recover(cause -> Future.failedFuture(inOurWords(Failure.from(cause))))
        .map(SystemCalls::state);
  }

  private static StartSystem readStart(Fields body) {
    var coordinator = body.object("coordinator");
    var scanner = body.object("scanner");
    var heal = body.object("heal");
    return new StartSystem(
        count(coordinator, "event_buffer_size"),
        count(coordinator, "max_concurrent_operations"),
        scanner == null ? null : scanner.choice("default_scan_mode", Words.SCAN_MODES),
        scanner == null ? null : scanner.durationMillis("scan_interval"),
        count(heal, "max_workers"),
        count(heal, "queue_capacity"));
  }

  private static @Nullable Integer count(@Nullable Fields fields, String name) {
    return fields == null ? null : fields.wholeInt(name, 1, Integer.MAX_VALUE);
  }

  private static Failure inOurWords(Failure failure) {
    if (failure.details().keySet().stream().noneMatch(HERE::containsKey)) {
      return failure;
    }
    var details = new TreeMap<String, String>();
    failure.details().forEach((name, text) -> details.put(HERE.getOrDefault(name, name), text));
    var text = failure.text();
    for (var entry : HERE.entrySet()) {
      if (text.startsWith(entry.getKey() + " ")) {
        text = entry.getValue() + text.substring(entry.getKey().length());
      }
    }
    return new Failure(failure.code(), text, details);
  }

  private Future<Reply> stop(Asked asked) {
    asked.nothing();
    return world.bus().ask(PolicyContract.STOP_SYSTEM, new StopSystem()).map(SystemCalls::state);
  }

  private static Reply state(Policies policies) {
    var system = policies.system();
    return Reply.data(
        new JsonObject()
            .put("system_id", system.systemId())
            .put("status", system.status())
            .put("started_at", Envelope.time(system.startedAt())));
  }
}
