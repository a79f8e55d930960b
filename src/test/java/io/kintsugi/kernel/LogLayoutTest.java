package io.kintsugi.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.event.KeyValuePair;

/// One event is one line, for people and for machines (F9).
@ExtendWith(VertxExtension.class)
class LogLayoutTest {
  private static final String NAME = "io.kintsugi.scan.Scanner";

  private final LogLayout text = new LogLayout("node-7", false);
  private final LogLayout json = new LogLayout("node-7", true);
  private final Logger logger = new LoggerContext().getLogger(NAME);

  private LoggingEvent event(String message, @Nullable Throwable thrown) {
    var event = new LoggingEvent("x", logger, Level.WARN, message, thrown, null);
    event.setInstant(Instant.parse("2026-01-02T03:04:05.678Z"));
    return event;
  }

  @Test
  void jsonHasEveryFieldOfTheProtocol() {
    var event = event("damaged", null);
    event.addKeyValuePair(new KeyValuePair("task", "scan-1"));
    event.addKeyValuePair(new KeyValuePair("bucket", "b"));
    event.addKeyValuePair(new KeyValuePair("object", "a/\n\"k\""));
    event.addKeyValuePair(new KeyValuePair("code", FailureCode.CORRUPT));
    var line = json.doLayout(event);
    assertThat(line).endsWith("\n").containsOnlyOnce("\n");
    assertThat(new JsonObject(line))
        .isEqualTo(
            new JsonObject()
                .put("time", "2026-01-02T03:04:05.678Z")
                .put("level", "WARN")
                .put("node", "node-7")
                .put("feature", "scan")
                .putNull("trace")
                .put("task", "scan-1")
                .put("bucket", "b")
                .put("object", "a/\n\"k\"")
                .put("code", "CORRUPT")
                .put("message", "damaged"));
  }

  @Test
  void jsonHoldsAStackTraceWithinItsOneLine() {
    var line = json.doLayout(event("failed", new IllegalStateException("two\nlines")));
    assertThat(line).containsOnlyOnce("\n");
    assertThat(new JsonObject(line).getString("error"))
        .contains("two\nlines", "IllegalStateException", "\tat ");
  }

  @Test
  void theCodeOfAThrownFailureIsTheCodeOfTheEvent() {
    var line = json.doLayout(event("failed", Failure.of(FailureCode.TIMEOUT, "late")));
    assertThat(new JsonObject(line).getString("code")).isEqualTo("TIMEOUT");
  }

  @Test
  void textIsOneLineWhateverWasLogged() {
    var event = event("first\r\n2026-01-01 forged\u001b[2J", null);
    event.addKeyValuePair(new KeyValuePair("object", "key\n2026 forged"));
    assertThat(text.doLayout(event))
        .isEqualTo(
            "2026-01-02T03:04:05.678Z WARN  scan     first 2026-01-01 forged [2J"
                + " object=key 2026 forged\n");
  }

  @Test
  void inTextAStackTraceFollowsIndented() {
    var lines =
        text.doLayout(event("failed", new IllegalStateException("two\n2026 forged"))).lines();
    assertThat(lines)
        .hasSizeGreaterThan(3)
        .element(0)
        .isEqualTo("2026-01-02T03:04:05.678Z WARN  scan     failed");
    assertThat(text.doLayout(event("x", new IllegalStateException("a\nb"))).lines().skip(1))
        .allMatch(line -> line.startsWith("    "));
  }

  @Test
  void theTraceOfTheWorkGoingOnStandsInTheLine(Vertx vertx, VertxTestContext test) {
    ((VertxInternal) vertx)
        .createEventLoopContext()
        .duplicate()
        .runOnContext(_ ->
            test.verify(() -> {
              Trace.set("t-1");
              assertThat(text.doLayout(event("x", null))).endsWith(" x trace=t-1\n");
              assertThat(new JsonObject(json.doLayout(event("x", null))).getString("trace"))
                  .isEqualTo("t-1");
              test.completeNow();
            }));
  }

  @Test
  void aFeatureIsThePackageBelowOurs() {
    assertThat(LogLayout.feature(NAME)).isEqualTo("scan");
    assertThat(LogLayout.feature("io.kintsugi.Node")).isEqualTo("node");
    assertThat(LogLayout.feature("io.vertx.core.impl.VertxImpl")).isEqualTo("VertxImpl");
  }
}
