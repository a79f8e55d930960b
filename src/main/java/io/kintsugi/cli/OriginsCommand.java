package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The places where shards lie.
@Command(
    name = "origins",
    mixinStandardHelpOptions = true,
    description = "The places where shards lie.")
final class OriginsCommand implements Callable<Integer> {
  private static final String PATH = "/api/v1/origins";

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

  @Command(mixinStandardHelpOptions = true, description = "All figures of the health of one.")
  int health(@Parameters(paramLabel = "ORIGIN") String id) {
    return fields(root().api().get(PATH + "/" + Api.escape(id) + "/health"));
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Says how one is, against what is measured: 'force ID unhealthy --for 30m'.")
  int force(
      @Parameters(index = "0", paramLabel = "ORIGIN") String id,
      @Parameters(
              index = "1",
              paramLabel = "STATE",
              description = "healthy, unhealthy, or measured, which takes it back")
          String state,
      @Option(names = "--for", description = "How long, such as 30m.") @Nullable String time) {
    var body = Api.object().put("state", state);
    if (time != null) {
      body.put("for", time);
    }
    return fields(root().api().post(PATH + "/" + Api.escape(id) + "/health", body));
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

  @Command(
      mixinStandardHelpOptions = true,
      description = "Takes one in, once it was tried: 'add ID KIND path=/mnt/disk priority=10'.")
  int add(
      @Parameters(index = "0", paramLabel = "ORIGIN") String id,
      @Parameters(index = "1", paramLabel = "KIND", description = "local, nfs, smb, sftp or s3")
          String kind,
      @Parameters(index = "2..*", paramLabel = "FIELD=VALUE") @Nullable Map<String, String> fields,
      @Option(
              names = "--credential-file",
              paramLabel = "NAME=FILE",
              description = "A credential, such as password; read from a file, kept wrapped.")
          @Nullable Map<String, Path> credentials) {
    var body = body(fields, credentials);
    body.put("id", id).put("origin_type", kind);
    return shown(root().api().post(PATH, body));
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Changes one: 'set ID priority=10 write_enabled=false capacity=1000000000'.")
  int set(
      @Parameters(index = "0", paramLabel = "ORIGIN") String id,
      @Parameters(index = "1..*", paramLabel = "FIELD=VALUE") @Nullable Map<String, String> fields,
      @Option(names = "--credential-file", paramLabel = "NAME=FILE")
          @Nullable Map<String, Path> credentials) {
    return shown(root().api().patch(PATH + "/" + Api.escape(id), body(fields, credentials)));
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Moves everything on one elsewhere, and writes nothing there any more.")
  int drain(
      @Parameters(paramLabel = "ORIGIN") String id,
      @Option(names = "--action", description = "start (default), pause, resume, cancel or show.")
          @Nullable String action,
      @Option(names = "--watch", description = "Stays until it is empty.") boolean watch) {
    var path = PATH + "/" + Api.escape(id) + "/drain";
    var root = root();
    var data =
        "show".equals(action)
            ? root.api().get(path)
            : root.api().post(path, Api.object().put("action", action == null ? "start" : action));
    if (watch) {
      data = OriginWatch.drained(root, path);
    }
    return fields(data);
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Evens out all origins, or brings one to its share.")
  int rebalance(
      @Parameters(paramLabel = "ORIGIN", arity = "0..1") @Nullable String id,
      @Option(names = "--cancel", description = "Ends it.") boolean cancel) {
    var path = id == null ? "/api/v1/pool/rebalance" : PATH + "/" + Api.escape(id) + "/rebalance";
    var body = Api.object().put("action", cancel ? "cancel" : "start");
    return fields(root().api().post(path, body));
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Lets go of one that is drained; its id is never used again.")
  int remove(
      @Parameters(paramLabel = "ORIGIN") String id,
      @Option(names = "--force", description = "Also what still lies there is given up as lost.")
          boolean force) {
    var path = PATH + "/" + Api.escape(id) + (force ? "?force=true" : "");
    return fields(root().api().delete(path));
  }

  @Command(mixinStandardHelpOptions = true, description = "What one, or all of them, have done.")
  int stats(@Parameters(paramLabel = "ORIGIN", arity = "0..1") @Nullable String id) {
    return fields(
        root()
            .api()
            .get(id == null ? "/api/v1/pool/stats" : PATH + "/" + Api.escape(id) + "/stats"));
  }

  private static ObjectNode body(
      @Nullable Map<String, String> fields, @Nullable Map<String, Path> credentials) {
    var body = PolicyCommand.body(fields == null ? Map.of() : fields);
    if (credentials != null) {
      var secrets = body.putObject("credentials");
      credentials.forEach((name, file) -> secrets.put(name, OriginWatch.secret(file)));
    }
    return body;
  }

  private int shown(JsonNode data) {
    var root = root();
    return root.answer(data, () -> table(List.of(data)).print(root.out(), ""));
  }

  private int fields(JsonNode data) {
    var root = root();
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
