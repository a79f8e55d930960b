package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Giving back the space of what nobody needs any more.
@Command(
    name = "collect",
    mixinStandardHelpOptions = true,
    description = "Gives back the space of what was deleted or left over.")
final class CollectCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  private Kintsugi root() {
    return Kintsugi.of(Objects.requireNonNull(spec));
  }

  @Override
  public Integer call() {
    return status();
  }

  @Command(mixinStandardHelpOptions = true, description = "Shows what waits (the default).")
  int status() {
    var root = root();
    return show(root, root.api().get("/api/v1/collection"));
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Begins a pass now, and looks at the packs too.")
  int run(
      @Option(
              names = "--believe",
              paramLabel = "ORIGIN",
              description =
                  "Its orphans are orphans, however many they are. Nothing else is waived.")
          @Nullable String believe) {
    var root = root();
    var body = Api.object();
    if (believe != null) {
      body.put("believe", believe);
    }
    return show(root, root.api().post("/api/v1/collection/run", body));
  }

  private static int show(Kintsugi root, JsonNode data) {
    return root.answer(
        data,
        () -> {
          root.out()
              .printf(
                  "%s, last pass %s, %d dead segments wait for the grace of %d s%n",
                  data.path("running").asBoolean() ? "at work" : "idle",
                  data.hasNonNull("last_pass") ? data.path("last_pass").asText() : "never",
                  data.path("dead_segments").asLong(),
                  data.path("grace_ms").asLong() / 1000);
          table(data.path("origins")).print(root.out(), "");
        });
  }

  private static Table table(Iterable<JsonNode> origins) {
    var table =
        new Table(
            "ORIGIN",
            "WAITING",
            "SPARSE PACKS",
            "ORPHANS",
            "QUARANTINE",
            "GIVEN BACK",
            "LAST PASS");
    for (var origin : origins) {
      table.row(
          origin.path("id").asText(),
          amount(origin, "waiting_names", "waiting_bytes"),
          amount(origin, "sparse_packs", "reclaimable_bytes"),
          origin.path("orphans").asText(),
          amount(origin, "quarantined", "quarantined_bytes"),
          amount(origin, "collected_names", "collected_bytes"),
          state(origin));
    }
    return table;
  }

  private static String state(JsonNode origin) {
    return origin.hasNonNull("compacting")
        ? "rewriting " + origin.path("compacting").asText()
        : origin.path("state").asText();
  }

  private static String amount(JsonNode origin, String names, String bytes) {
    long count = origin.path(names).asLong();
    return count == 0 ? "-" : count + ", " + Units.bytes(origin.path(bytes).asLong());
  }
}
