package io.kintsugi.kernel;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One line per log event: text for people, or a JSON object for machines. `task`, `bucket`,
/// `object` and `code` come from the event's key-value pairs (`code` also from a [Failure] that was
/// thrown), `trace` from the work going on.
///
/// In text a stack trace follows in indented lines; nothing that was logged can begin a line of its
/// own, so a key or message from outside cannot pass for an event.
final class LogLayout extends LayoutBase<ILoggingEvent> {
  /// What starts and stops the features; its classes lie in no feature's package.
  static final String NODE = "node";

  private static final String OURS = "io.kintsugi.";
  private static final List<String> FIELDS = List.of("task", "bucket", "object", "code");
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

  private final String node;
  private final boolean json;

  LogLayout(String node, boolean json) {
    this.node = node;
    this.json = json;
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    return json ? json(event) : text(event);
  }

  private String json(ILoggingEvent event) {
    var line =
        new JsonObject()
            .put("time", event.getInstant().toString())
            .put("level", event.getLevel().toString())
            .put("node", node)
            .put("feature", feature(event.getLoggerName()))
            .put("trace", Trace.current());
    FIELDS.forEach(name -> line.put(name, pair(event, name)));
    line.put("message", event.getFormattedMessage());
    var thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.put("error", ThrowableProxyUtil.asString(thrown));
    }
    return line.encode() + "\n";
  }

  private String text(ILoggingEvent event) {
    var line =
        new StringBuilder()
            .append(event.getInstant())
            .append(' ')
            .append("%-5s".formatted(event.getLevel()))
            .append(' ')
            .append("%-8s".formatted(feature(event.getLoggerName())))
            .append(' ')
            .append(oneLine(event.getFormattedMessage()));
    FIELDS.forEach(name -> append(line, name, pair(event, name)));
    append(line, "trace", Trace.current());
    line.append('\n');
    if (event.getThrowableProxy() != null) {
      ThrowableProxyUtil.asString(event.getThrowableProxy())
          .lines()
          .forEach(trace -> line.append("    ").append(oneLine(trace)).append('\n'));
    }
    return line.toString();
  }

  private static String oneLine(String text) {
    return text.chars().anyMatch(Character::isISOControl)
        ? CONTROL.matcher(text).replaceAll(" ")
        : text;
  }

  private static void append(StringBuilder line, String name, @Nullable String value) {
    if (value != null) {
      line.append(' ').append(name).append('=').append(oneLine(value));
    }
  }

  private static @Nullable String pair(ILoggingEvent event, String name) {
    var pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (var pair : pairs) {
        if (pair.key.equals(name) && pair.value != null) {
          return pair.value.toString();
        }
      }
    }
    return name.equals("code") ? thrownCode(event) : null;
  }

  private static @Nullable String thrownCode(ILoggingEvent event) {
    return event.getThrowableProxy() instanceof ThrowableProxy proxy
            && proxy.getThrowable() instanceof Failure failure
        ? failure.code().name()
        : null;
  }

  /// The feature (or library) that speaks: the package below ours.
  static String feature(String logger) {
    if (!logger.startsWith(OURS)) {
      return logger.substring(logger.lastIndexOf('.') + 1);
    }
    var rest = logger.substring(OURS.length());
    int dot = rest.indexOf('.');
    return dot < 0 ? NODE : rest.substring(0, dot);
  }
}
