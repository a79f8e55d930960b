package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The places where shards lie.
@Command(
    name = "origins",
    mixinStandardHelpOptions = true,
    description = "The places where shards lie.")
final class OriginsCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  private Kintsugi root() {
    return Kintsugi.of(Objects.requireNonNull(spec));
  }

  @Override
  public Integer call() {
    return list();
  }

  @Command(mixinStandardHelpOptions = true, description = "Lists them (the default).")
  int list() {
    var root = root();
    var data = root.api().get("/api/v1/origins");
    return root.answer(data, () -> table(data.path("origins")).print(root.out(), ""));
  }

  @Command(mixinStandardHelpOptions = true, description = "Looks at one now.")
  int check(@Parameters(paramLabel = "ORIGIN") String id) {
    return ask(id, "check");
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Makes a blank one usable; what lay on it is rebuilt.")
  int replace(@Parameters(paramLabel = "ORIGIN") String id) {
    return ask(id, "replace");
  }

  @Command(mixinStandardHelpOptions = true, description = "Releases the brake of one.")
  int release(@Parameters(paramLabel = "ORIGIN") String id) {
    return ask(id, "release");
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Those that are away, and what holds up their rebuild elsewhere.")
  int away() {
    var root = root();
    return absences(root, root.api().get("/api/v1/absences"));
  }

  @Command(
      mixinStandardHelpOptions = true,
      description =
          "Counts one that is away as lost: its shards are rebuilt elsewhere without waiting.")
  int lost(@Parameters(paramLabel = "ORIGIN") String id) {
    return declare(id, "lost");
  }

  @Command(mixinStandardHelpOptions = true, description = "Takes 'lost' back.")
  int found(@Parameters(paramLabel = "ORIGIN") String id) {
    return declare(id, "found");
  }

  private int declare(String id, String verb) {
    var root = root();
    return absences(root, root.api().post("/api/v1/origins/" + Api.escape(id) + "/" + verb, null));
  }

  private static int absences(Kintsugi root, JsonNode data) {
    return root.answer(
        data,
        () -> {
          var table = new Table("ORIGIN", "STATE", "SINCE");
          for (var origin : data.path("origins")) {
            table.row(
                origin.path("id").asText(),
                origin.path("state").asText(),
                origin.path("since").asText());
          }
          table.print(root.out(), "");
          if (data.hasNonNull("message")) {
            root.out().println(data.path("message").asText());
          }
        });
  }

  private int ask(String id, String verb) {
    var root = root();
    var data = root.api().post("/api/v1/origins/" + Api.escape(id) + "/" + verb, null);
    return root.answer(data, () -> table(List.of(data)).print(root.out(), ""));
  }

  private static Table table(Iterable<JsonNode> origins) {
    var table = new Table("ORIGIN", "KIND", "HEALTH", "MARKER", "WRITABLE", "FREE", "REASON");
    for (var origin : origins) {
      table.row(
          origin.path("id").asText(),
          origin.path("kind").asText("-"),
          origin.path("health").asText("-"),
          origin.path("marker").asText("-"),
          origin.path("writable").asText("-"),
          Units.bytes(origin.path("free_bytes").asLong()),
          origin.hasNonNull("reason") ? origin.path("reason").asText() : "-");
    }
    return table;
  }
}
