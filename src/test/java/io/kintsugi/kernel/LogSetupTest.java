package io.kintsugi.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Levels per feature, also at run time, and the format of the whole process (F9).
class LogSetupTest {
  private static final Logger TRIAL = LoggerFactory.getLogger("io.kintsugi.trial.Scanner");
  private static final Logger OTHER = LoggerFactory.getLogger("io.kintsugi.other.Healer");

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final PrintStream standardError = System.err;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @BeforeEach
  void redirect() {
    System.setErr(new PrintStream(written, true, UTF_8));
  }

  @AfterEach
  void restore() {
    System.setErr(standardError);
    for (var name : new String[] {"trial", "other", "Node"}) {
      context.getLogger("io.kintsugi." + name).setLevel(null);
    }
    LogSetup.apply("node-1", "text", Map.of("root", "info"));
  }

  @Test
  void aLevelHoldsForOneFeatureFromTheMomentItIsSet() {
    LogSetup.apply("node-1", "text", Map.of("root", "info", "trial", "debug"));
    assertThat(TRIAL.isDebugEnabled()).isTrue();
    assertThat(OTHER.isDebugEnabled()).isFalse();
    LogSetup.setLevel("trial", "WARN");
    LogSetup.setLevel("other", "trace");
    assertThat(TRIAL.isInfoEnabled()).isFalse();
    assertThat(OTHER.isTraceEnabled()).isTrue();
    assertThat(LogSetup.levels())
        .containsEntry("root", "info")
        .containsEntry("trial", "warn")
        .containsEntry("other", "trace");
  }

  @Test
  void theLevelOfTheNodeIsNotThatOfItsFeatures() {
    LogSetup.setLevel("node", "error");
    assertThat(context.getLogger("io.kintsugi.Node").getLevel()).isEqualTo(Level.ERROR);
    assertThat(TRIAL.isInfoEnabled()).isTrue();
    assertThat(LogSetup.levels()).containsEntry("node", "error");
  }

  @Test
  void anUnknownLevelOrAnImpossibleFeatureIsRefused() {
    assertThatThrownBy(() -> LogSetup.setLevel("trial", "loud"))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> assertThat(failure.code()).isEqualTo(FailureCode.INVALID_REQUEST))
        .hasMessageContaining("loud");
    assertThatThrownBy(() -> LogSetup.setLevel("Not A Feature", "info"))
        .isInstanceOf(Failure.class);
  }

  @Test
  void jsonGoesToTheStandardErrorOneEventALine() {
    LogSetup.apply("node-3", "json", Map.of());
    TRIAL.atInfo().addKeyValue("task", "t").log("one");
    TRIAL.atError().setCause(new IllegalStateException("x\ny")).log("two");
    var messages = new ArrayList<String>();
    for (var line : written.toString(UTF_8).lines().toList()) {
      var event = new JsonObject(line);
      assertThat(event.getString("node")).isEqualTo("node-3");
      messages.add(event.getString("message"));
    }
    assertThat(messages).containsExactly("one", "two");
  }
}
