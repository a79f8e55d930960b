package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// How safe each bucket is.
@Command(
    name = "standing",
    mixinStandardHelpOptions = true,
    description = "How many further losses each bucket survives now.")
final class StandingCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    var root = Kintsugi.of(Objects.requireNonNull(spec));
    var data = root.api().get("/api/v1/standing");
    return root.answer(data, () -> print(root.out(), data, ""));
  }

  static void print(PrintStream out, JsonNode standing, String indent) {
    var table = new Table("BUCKET", "LAYOUT", "OBJECTS", "SIZE", "SURVIVES", "OLDEST VERIFICATION");
    for (var bucket : standing.path("buckets")) {
      int survives = bucket.path("survives_losses").asInt();
      table.row(
          bucket.path("bucket").asText(),
          BucketsCommand.layout(bucket.path("layout")),
          bucket.path("objects").asText(),
          Units.bytes(bucket.path("bytes").asLong()),
          survives < 0 ? "something is LOST" : survives + " further losses",
          bucket.hasNonNull("oldest_verified") ? bucket.path("oldest_verified").asText() : "never");
    }
    table.print(out, indent);
    for (var bucket : standing.path("buckets")) {
      if (bucket.hasNonNull("warning")) {
        out.printf(
            "%sUNKNOWN in %s: %s%n",
            indent, bucket.path("bucket").asText(), bucket.path("warning").asText());
      }
    }
  }
}
