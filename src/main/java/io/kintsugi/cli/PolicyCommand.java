package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Policies: shown and changed.
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Shows and changes policies.")
final class PolicyCommand {
  @Spec private @Nullable CommandSpec spec;

  @Command(mixinStandardHelpOptions = true, description = "The scan policy.")
  int scan(
      @Option(
              names = "--set",
              paramLabel = "FIELD=VALUE",
              description = "Changes a field, such as bandwidth_limit_mbps=100.")
          @Nullable Map<String, String> changes) {
    return policy("scan", changes);
  }

  @Command(mixinStandardHelpOptions = true, description = "The heal policy.")
  int heal(
      @Option(
              names = "--set",
              paramLabel = "FIELD=VALUE",
              description =
                  "Changes a field, such as auto_heal_enabled=false or"
                      + " priority_mapping.critical_buckets=Emergency.")
          @Nullable Map<String, String> changes) {
    return policy("heal", changes);
  }

  private int policy(String which, @Nullable Map<String, String> changes) {
    var root = Kintsugi.of(Objects.requireNonNull(spec));
    var path = "/admin/policy/" + which;
    var data = changes == null ? root.api().get(path) : root.api().put(path, body(changes), null);
    return root.answer(
        data,
        () -> {
          var table = new Table("FIELD", "VALUE");
          for (var field : data.properties()) {
            var value = field.getValue();
            table.row(field.getKey(), value.isValueNode() ? value.asText() : value.toString());
          }
          table.print(root.out(), "");
        });
  }

  /// Values are JSON where they read as JSON, else text; a dot in a field leads into an object.
  static ObjectNode body(Map<String, String> changes) {
    var body = Api.object();
    for (var change : changes.entrySet()) {
      var field = change.getKey();
      int dot = field.indexOf('.');
      var value = value(change.getValue());
      if (dot < 0) {
        body.set(field, value);
      } else {
        body.withObjectProperty(field.substring(0, dot)).set(field.substring(dot + 1), value);
      }
    }
    return body;
  }

  private static JsonNode value(String text) {
    if (text.matches("-?[0-9]+(\\.[0-9]+)?|true|false|null|\\[.*]|\\{.*}|\".*\"")) {
      return Api.readTree(text);
    }
    return TextNode.valueOf(text);
  }
}
