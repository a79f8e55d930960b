package io.kintsugi.kernel;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/// What is logged, and how: one line an event on the standard error, a level per feature that can
/// change at run time.
public final class LogSetup {
  private static final String ROOT = "root";
  private static final String OURS = "io.kintsugi.";

  /// The node itself lies in the package of all; its level must not become theirs.
  private static final String NODE_CLASS = OURS + "Node";

  private static final List<String> LEVELS =
      List.of("trace", "debug", "info", "warn", "error", "off");

  private LogSetup() {}

  /// Sets format and levels of the whole process.
  ///
  /// @param format text or json
  /// @param levels by feature, or `root`
  public static void apply(String node, String format, Map<String, String> levels) {
    var context = context();
    var layout = new LogLayout(node, format.equals("json"));
    layout.setContext(context);
    layout.start();
    var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.start();
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(encoder);
    console.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(console);
    levels.forEach(LogSetup::setLevel);
  }

  /// Sets the level of one feature, or of `root`.
  public static void setLevel(String feature, String level) {
    var word = level.toLowerCase(Locale.ROOT);
    if (!LEVELS.contains(word)) {
      throw Failure.of(
          FailureCode.INVALID_REQUEST, "level must be one of " + LEVELS + ", not " + level);
    }
    if (!feature.equals(ROOT) && !feature.matches("[a-z0-9]{1,32}")) {
      throw Failure.of(FailureCode.INVALID_REQUEST, "no feature is called " + feature);
    }
    logger(feature).setLevel(Level.valueOf(word.toUpperCase(Locale.ROOT)));
  }

  /// The levels that were set, by feature.
  public static Map<String, String> levels() {
    var levels = new TreeMap<String, String>();
    levels.put(ROOT, word(context().getLogger(Logger.ROOT_LOGGER_NAME).getLevel()));
    for (var logger : context().getLoggerList()) {
      if (logger.getLevel() != null && logger.getName().startsWith(OURS)) {
        var name = logger.getName();
        levels.put(
            name.equals(NODE_CLASS) ? LogLayout.NODE : LogLayout.feature(name + "."),
            word(logger.getLevel()));
      }
    }
    return levels;
  }

  private static String word(Level level) {
    return level.toString().toLowerCase(Locale.ROOT);
  }

  private static Logger logger(String feature) {
    return context()
        .getLogger(
            switch (feature) {
              case ROOT -> Logger.ROOT_LOGGER_NAME;
              case LogLayout.NODE -> NODE_CLASS;
              default -> OURS + feature;
            });
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }
}
