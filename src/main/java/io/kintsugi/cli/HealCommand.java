package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Heals: asked for, seen and called off.
@Command(
    name = "heal",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Asks for heals and shows them.")
final class HealCommand {
  @Spec private @Nullable CommandSpec spec;

  private Kintsugi root() {
    return Kintsugi.of(Objects.requireNonNull(spec));
  }

  private Task heal() {
    return new Task(root(), "heal", HealCommand::print, HealCommand::verdict);
  }

  private static int verdict(JsonNode heal) {
    return switch (heal.path("status").asText()) {
      case "Completed" -> Kintsugi.DONE;
      case "Unrecoverable" -> Kintsugi.LOST;
      default -> Kintsugi.FAILED;
    };
  }

  @Command(mixinStandardHelpOptions = true, description = "Has one object checked and mended.")
  int request(
      @Parameters(paramLabel = "BUCKET") String bucket,
      @Parameters(paramLabel = "OBJECT") String object,
      @Option(names = "--version-id", description = "Default: the current version.")
          @Nullable String version,
      @Option(names = "--priority", description = "Low, Normal, High, Critical or Emergency.")
          @Nullable String priority,
      @Option(names = "--mode", description = "OnDemand (default), Background or Emergency.")
          @Nullable String mode,
      @Option(names = "--max-retries", description = "0 to 100.") @Nullable Integer retries,
      @Option(names = "--watch", description = "Stays until it has ended.") boolean watch) {
    var body = Api.object().put("bucket", bucket).put("object", object);
    if (version != null) {
      body.put("version_id", version);
    }
    if (priority != null) {
      body.put("priority", priority);
    }
    if (mode != null) {
      body.put("mode", mode);
    }
    if (retries != null) {
      body.put("max_retries", retries);
    }
    var root = root();
    var data = root.api().post("/admin/heal/request", body);
    var id = data.path("heal_request_id").asText();
    return heal()
        .begun(
            id,
            data,
            watch,
            () ->
                root.out()
                    .printf(
                        "%s %s, priority %s, position %s%n",
                        id,
                        data.path("status").asText(),
                        data.path("priority").asText(),
                        data.path("queue_position").asText("-")));
  }

  @Command(mixinStandardHelpOptions = true, description = "Shows a request and its result.")
  int status(
      @Parameters(paramLabel = "HEAL") String id,
      @Option(names = "--watch", description = "Stays until it has ended.") boolean watch) {
    return heal().status(id, watch);
  }

  @Command(mixinStandardHelpOptions = true, description = "Lists requests, newest first.")
  int list(@Option(names = "--status", description = "Only these.") @Nullable String status) {
    var root = root();
    var data =
        root.api().get("/admin/heal" + (status == null ? "" : "?status=" + Api.escape(status)));
    return root.answer(
        data,
        () -> {
          var table = new Table("HEAL", "STATUS", "PRIORITY", "OBJECT");
          for (var heal : data.path("heals")) {
            table.row(
                heal.path("heal_request_id").asText(),
                heal.path("status").asText(),
                heal.path("priority").asText("-"),
                heal.path("bucket").asText() + "/" + heal.path("object").asText());
          }
          table.print(root.out(), "");
        });
  }

  @Command(mixinStandardHelpOptions = true, description = "Calls a request off.")
  int cancel(@Parameters(paramLabel = "HEAL") String id) {
    return heal().steer(id, "cancel");
  }

  private static void print(PrintStream out, JsonNode heal) {
    out.printf("%s %s%n", heal.path("heal_request_id").asText(), heal.path("status").asText());
    var result = heal.path("result");
    if (!result.isObject()) {
      return;
    }
    out.printf(
        "  %d of %d shards repaired by %s in %s%n",
        result.path("shards_repaired").asInt(),
        result.path("total_shards").asInt(),
        result.hasNonNull("strategy_used")
            ? result.path("strategy_used").asText()
            : "nothing, nothing was wrong",
        result.path("duration").asText("-"));
    for (var check : result.path("validation_results")) {
      out.printf(
          "  %s %s: %s%n",
          check.path("passed").asBoolean() ? "passed" : "FAILED",
          check.path("validation_type").asText(),
          check.path("details").asText());
    }
  }
}
