package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Scans: begun, seen, held and ended.
@Command(
    name = "scan",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Starts, shows and steers scans.")
final class ScanCommand {
  @Spec private @Nullable CommandSpec spec;

  private Kintsugi root() {
    return Kintsugi.of(Objects.requireNonNull(spec));
  }

  private Task scan() {
    return new Task(root(), "scan", ScanCommand::print, ScanCommand::verdict);
  }

  /// A scan that could not look everywhere has not done what it was asked for.
  static int verdict(JsonNode scan) {
    return scan.path("complete").asBoolean() ? Kintsugi.DONE : Kintsugi.FAILED;
  }

  @Command(mixinStandardHelpOptions = true, description = "Starts a scan.")
  int start(
      @Option(
              names = "--strategy",
              defaultValue = "Full",
              description = "Full (the default); others where the node has them.")
          String strategy,
      @Option(names = "--mode", description = "Quick, Normal or Deep; default: the policy's.")
          @Nullable String mode,
      @Option(names = "--bucket", paramLabel = "BUCKET", description = "Only this one; repeatable.")
          @Nullable List<String> buckets,
      @Option(names = "--max-objects", description = "Ends after that many.")
          @Nullable Long maxObjects,
      @Option(names = "--priority", description = "Low, Normal, High, Critical or Emergency.")
          @Nullable String priority,
      @Option(names = "--watch", description = "Stays until the scan has ended.") boolean watch) {
    var body = Api.object();
    var asked = body.putObject("strategy").put("type", strategy);
    if (mode != null) {
      asked.put("mode", mode);
    }
    if (buckets != null || maxObjects != null) {
      var scope = asked.putObject("scope");
      if (buckets != null) {
        buckets.forEach(scope.putArray("buckets")::add);
      }
      if (maxObjects != null) {
        scope.put("max_objects", maxObjects);
      }
    }
    if (priority != null) {
      body.put("priority", priority);
    }
    var root = root();
    var data = root.api().post("/admin/scan/start", body);
    var id = data.path("scan_id").asText();
    return scan()
        .begun(
            id,
            data,
            watch,
            () ->
                root.out()
                    .printf(
                        "%s %s, about %d objects, about %s%n",
                        id,
                        data.path("status").asText(),
                        data.path("estimated_objects").asLong(),
                        data.path("estimated_duration").asText("-")));
  }

  @Command(mixinStandardHelpOptions = true, description = "Shows a scan and what it found.")
  int status(
      @Parameters(paramLabel = "SCAN") String id,
      @Option(names = "--watch", description = "Stays until the scan has ended.") boolean watch) {
    return scan().status(id, watch);
  }

  @Command(mixinStandardHelpOptions = true, description = "Lists scans, newest first.")
  int list() {
    var root = root();
    var data = root.api().get("/admin/scan");
    return root.answer(
        data,
        () -> {
          var table = new Table("SCAN", "STATUS", "MODE", "DONE", "OBJECTS", "ISSUES");
          for (var scan : data.path("scans")) {
            var progress = scan.path("progress");
            table.row(
                scan.path("scan_id").asText(),
                scan.path("status").asText() + (scan.hasNonNull("warning") ? ", incomplete" : ""),
                scan.path("mode").asText("-"),
                percent(progress),
                progress.path("objects_scanned").asText("-"),
                progress.path("issues_detected").asText("-"));
          }
          table.print(root.out(), "");
        });
  }

  @Command(mixinStandardHelpOptions = true, description = "Holds a scan.")
  int pause(@Parameters(paramLabel = "SCAN") String id) {
    return scan().steer(id, "pause");
  }

  @Command(mixinStandardHelpOptions = true, description = "Lets a held scan go on.")
  int resume(@Parameters(paramLabel = "SCAN") String id) {
    return scan().steer(id, "resume");
  }

  @Command(mixinStandardHelpOptions = true, description = "Ends a scan for good.")
  int cancel(@Parameters(paramLabel = "SCAN") String id) {
    return scan().steer(id, "cancel");
  }

  private static String percent(JsonNode progress) {
    return String.format(Locale.ROOT, "%.1f %%", progress.path("completion_percentage").asDouble());
  }

  private static void print(PrintStream out, JsonNode scan) {
    var progress = scan.path("progress");
    out.printf(
        "%s %s %s, %d objects, %s, %d issues, %s elapsed, %s to go%n",
        scan.path("scan_id").asText(),
        scan.path("status").asText(),
        percent(progress),
        progress.path("objects_scanned").asLong(),
        Units.bytes(progress.path("bytes_scanned").asLong()),
        progress.path("issues_detected").asLong(),
        progress.path("elapsed_time").asText("-"),
        progress.path("estimated_remaining").asText("-"));
    if (scan.hasNonNull("warning")) {
      out.println("  INCOMPLETE: " + scan.path("warning").asText());
    }
    if (scan.path("issues").isEmpty()) {
      return;
    }
    var table = new Table("SEVERITY", "ISSUE", "OBJECT", "WHAT");
    for (var issue : scan.path("issues")) {
      table.row(
          issue.path("severity").asText(),
          issue.path("issue_type").asText(),
          issue.path("bucket").asText() + "/" + issue.path("object").asText(),
          issue.path("description").asText());
    }
    table.print(out, "  ");
  }
}
