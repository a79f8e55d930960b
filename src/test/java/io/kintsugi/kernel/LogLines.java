package io.kintsugi.kernel;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/// What a class logs while this is open, as the lines that a machine would read.
public final class LogLines implements AutoCloseable {
  private final List<JsonObject> lines = new CopyOnWriteArrayList<>();
  private final LogLayout layout = new LogLayout("node-1", true);
  private final Logger logger;
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(new JsonObject(layout.doLayout(event)));
        }
      };

  private LogLines(Logger logger) {
    this.logger = logger;
    appender.setContext(logger.getLoggerContext());
    appender.start();
    logger.addAppender(appender);
  }

  public static LogLines of(Class<?> speaker) {
    return new LogLines((Logger) LoggerFactory.getLogger(speaker));
  }

  public List<JsonObject> all() {
    return lines;
  }

  /// The one line whose message begins so.
  public JsonObject only(String message) {
    var found =
        lines.stream().filter(line -> line.getString("message").startsWith(message)).toList();
    if (found.size() != 1) {
      throw new AssertionError("one line '" + message + "' expected in " + lines);
    }
    return found.getFirst();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    appender.stop();
  }
}
