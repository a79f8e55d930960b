package io.kintsugi.kernel;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One line per log event: text for people, or a JSON object for machines. `task`, `bucket`,
/// `object` and `code` come from the event's key-value pairs, `trace` from the work going on.
final class LogLayout extends LayoutBase<ILoggingEvent> {
  private static final String OURS = "io.kintsugi.";
  private static final List<String> FIELDS = List.of("task", "bucket", "object", "code");

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
            .append(event.getFormattedMessage().replace('\n', ' '));
    FIELDS.forEach(name -> append(line, name, pair(event, name)));
    append(line, "trace", Trace.current());
    line.append('\n');
    if (event.getThrowableProxy() != null) {
      var converter = new ThrowableProxyConverter();
      converter.start();
      line.append(converter.convert(event));
    }
    return line.toString();
  }

  private static void append(StringBuilder line, String name, @Nullable String value) {
    if (value != null) {
      line.append(' ').append(name).append('=').append(value);
    }
  }

  private static @Nullable String pair(ILoggingEvent event, String name) {
    var pairs = event.getKeyValuePairs();
    return pairs == null
        ? null
        : pairs.stream()
            .filter(pair -> pair.key.equals(name))
            .map(pair -> Objects.toString(pair.value, null))
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
  }

  /// The feature (or library) that speaks: the package below ours.
  static String feature(String logger) {
    if (!logger.startsWith(OURS)) {
      return logger.substring(logger.lastIndexOf('.') + 1);
    }
    var rest = logger.substring(OURS.length());
    int dot = rest.indexOf('.');
    return dot < 0 ? "node" : rest.substring(0, dot);
  }
}
