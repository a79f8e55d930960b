package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Buckets and how their objects are kept.
@Command(
    name = "buckets",
    mixinStandardHelpOptions = true,
    description = "Buckets and how their objects are kept.")
final class BucketsCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "BUCKET", description = "Only this one.")
  private @Nullable String name;

  @Option(names = "--layout", paramLabel = "K+M", description = "Of objects written from now on.")
  private @Nullable String layout;

  @Option(names = "--class", description = "critical, important or standard.")
  private @Nullable String bucketClass;

  @Option(names = "--strategy", description = "How origins are chosen, such as RoundRobin.")
  private @Nullable String strategy;

  @Option(
      names = "--versioning",
      description = "Enabled keeps overwritten and deleted objects; or Suspended.")
  private @Nullable String versioning;

  @Override
  public Integer call() {
    var root = Kintsugi.of(Objects.requireNonNull(spec));
    var changes = changes();
    if (name == null && !changes.isEmpty()) {
      throw new ApiFailure("USAGE", "name the bucket to change");
    }
    var path = "/api/v1/buckets" + (name == null ? "" : "/" + Api.escape(name));
    var data = changes.isEmpty() ? root.api().get(path) : root.api().put(path, changes, null);
    return root.answer(
        data,
        () -> {
          var table = new Table("BUCKET", "LAYOUT", "CLASS", "STRATEGY", "VERSIONING", "WARNING");
          for (var bucket : name == null ? data.path("buckets") : List.of(data)) {
            table.row(
                bucket.path("name").asText(),
                layout(bucket.path("layout")),
                bucket.path("class").asText("-"),
                bucket.path("strategy").asText("-"),
                bucket.hasNonNull("versioning") ? bucket.path("versioning").asText() : "-",
                bucket.hasNonNull("warning") ? bucket.path("warning").asText() : "-");
          }
          table.print(root.out(), "");
        });
  }

  private JsonNode changes() {
    var body = Api.object();
    if (layout != null) {
      var parts = layout.split("\\+", -1);
      if (parts.length != 2 || !parts[0].matches("\\d{1,2}") || !parts[1].matches("\\d{1,2}")) {
        throw new ApiFailure("USAGE", "a layout looks like 6+2, not '" + layout + "'");
      }
      body.putObject("layout")
          .put("k", Integer.parseInt(parts[0]))
          .put("m", Integer.parseInt(parts[1]));
    }
    if (bucketClass != null) {
      body.put("class", bucketClass);
    }
    if (strategy != null) {
      body.put("strategy", strategy);
    }
    if (versioning != null) {
      body.put("versioning", versioning);
    }
    return body;
  }

  /// `6+2`, whichever way the node writes it.
  static String layout(JsonNode layout) {
    return layout.isObject()
        ? layout.path("k").asText() + "+" + layout.path("m").asText()
        : layout.asText("-");
  }
}
