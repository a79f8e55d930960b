package io.kintsugi.rest;

import io.kintsugi.contract.OriginHealthContract;
import io.kintsugi.contract.OriginHealthContract.Breaker;
import io.kintsugi.contract.OriginHealthContract.ForceHealth;
import io.kintsugi.contract.OriginHealthContract.GetOriginHealth;
import io.kintsugi.contract.OriginHealthContract.OriginHealth;
import io.kintsugi.contract.OriginHealthContract.Probes;
import io.kintsugi.contract.OriginHealthContract.Work;
import io.kintsugi.kernel.World;
import io.kintsugi.web.Envelope;
import io.kintsugi.web.Fields;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The health of one origin: all of its figures, and an operator's word on it.
final class OriginHealthCalls {
  private static final List<String> STATES = List.of("healthy", "unhealthy", "measured");
  private static final String MEASURED = "measured";

  private final World world;

  OriginHealthCalls(World world) {
    this.world = world;
  }

  Future<Reply> get(Asked asked) {
    asked.nothing();
    return world
        .bus()
        .ask(OriginHealthContract.GET_ORIGIN_HEALTH, new GetOriginHealth(asked.part("id")))
        .map(health -> Reply.data(body(health)));
  }

  Future<Reply> force(Asked asked) {
    var id = asked.part("id");
    var wish = asked.body(fields -> wish(fields, id));
    return world
        .bus()
        .ask(OriginHealthContract.FORCE_HEALTH, wish)
        .map(health -> Reply.data(body(health)));
  }

  private ForceHealth wish(Fields fields, String id) {
    var state = fields.choice("state", STATES);
    var until = fields.text("until");
    var forMillis = fields.durationMillis("for");
    if (state == null) {
      fields.refuse("state", "is missing");
    }
    boolean measured = MEASURED.equals(state);
    if (measured && (until != null || forMillis != null)) {
      fields.refuse(until == null ? "for" : "until", "means nothing with 'measured'");
    } else if (!measured && (until == null) == (forMillis == null)) {
      fields.refuse("until", "one of 'until' and 'for' is needed");
    }
    if (measured) {
      return new ForceHealth(id, null, null);
    }
    var end =
        forMillis == null ? instant(fields, until) : world.clock().instant().plusMillis(forMillis);
    return new ForceHealth(id, state, end);
  }

  private static @Nullable Instant instant(Fields fields, @Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      fields.refuse("until", "must be a time such as 2026-01-31T12:00:00Z");
      return null;
    }
  }

  private static JsonObject body(OriginHealth health) {
    var errors = new JsonArray();
    for (var error : health.lastErrors()) {
      errors.add(
          new JsonObject()
              .put("at", Envelope.time(error.at()))
              .put("operation", error.operation())
              .put("code", error.code())
              .put("message", error.message()));
    }
    var transitions = new JsonArray();
    for (var step : health.transitions()) {
      transitions.add(
          new JsonObject()
              .put("at", Envelope.time(step.at()))
              .put("from", step.from())
              .put("to", step.to())
              .put("reason", step.reason()));
    }
    var breakers = new JsonArray();
    health.breakers().forEach(breaker -> breakers.add(body(breaker)));
    return new JsonObject()
        .put("id", health.id())
        .put("health", health.health())
        .put("measured", health.measured())
        .put("forced_until", Envelope.timeOrNull(health.forcedUntil()))
        .put("flags", new JsonArray(health.flags()))
        .put("reason", health.reason())
        .put("failures_in_row", health.failuresInRow())
        .put("successes_in_row", health.successesInRow())
        .put("fall", health.fall())
        .put("rise", health.rise())
        .put("ejections", health.ejections())
        .put("ejected_until", Envelope.timeOrNull(health.ejectedUntil()))
        .put("next_probe", Envelope.timeOrNull(health.nextProbe()))
        .put("probes", body(health.probes()))
        .put("work", body(health.work()))
        .put("last_errors", errors)
        .put("transitions", transitions)
        .put("breakers", breakers);
  }

  private static JsonObject body(Probes probes) {
    return new JsonObject()
        .put("done", probes.done())
        .put("failed", probes.failed())
        .put("last_at", Envelope.timeOrNull(probes.lastAt()))
        .put("last_ms", Figures.rounded(probes.lastMillis()));
  }

  private static JsonObject body(Work work) {
    return new JsonObject()
        .put("done", work.done())
        .put("failed", work.failed())
        .put("slow", work.slow())
        .put("samples", work.samples())
        .put("p50_ms", Figures.rounded(work.p50Millis()))
        .put("p95_ms", Figures.rounded(work.p95Millis()))
        .put("p99_ms", Figures.rounded(work.p99Millis()))
        .put("threads", work.threads())
        .put("stuck_threads", work.stuckThreads());
  }

  private static JsonObject body(Breaker breaker) {
    return new JsonObject()
        .put("operation", breaker.operation())
        .put("state", breaker.state())
        .put("calls", breaker.calls())
        .put("failures", breaker.failures())
        .put("slow", breaker.slow())
        .put("refused", breaker.refused())
        .put("openings", breaker.openings())
        .put("open_until", Envelope.timeOrNull(breaker.openUntil()));
  }
}
