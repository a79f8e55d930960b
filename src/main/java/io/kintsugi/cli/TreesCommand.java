package io.kintsugi.cli;

import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Federated buckets: one tree over folders of several origins.
@Command(
    name = "trees",
    mixinStandardHelpOptions = true,
    description = "Federated buckets: one tree over folders of several origins.")
final class TreesCommand implements Callable<Integer> {
  private static final String PATH = "/api/v1/trees";

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
    var data = root.api().get(PATH);
    return root.answer(
        data,
        () -> {
          var table = new Table("BUCKET", "CONFLICTS", "WRITES", "SOURCES");
          for (var tree : data.path("trees")) {
            var sources = new StringJoiner(" ");
            for (var source : tree.path("sources")) {
              sources.add(
                  "%s:%s:%s"
                      .formatted(
                          source.path("origin").asText(),
                          source.path("path").asText(),
                          source.path("priority").asText()));
            }
            table.row(
                tree.path("name").asText(),
                tree.path("conflicts").asText(),
                tree.path("writes").asBoolean()
                    ? "copies=" + tree.path("replication_factor").asText()
                    : "no",
                sources.toString());
          }
          table.print(root.out(), "");
        });
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Mounts one, or says it anew: 'put photos nas:pictures:10 disk:photos:20'.")
  int put(
      @Parameters(index = "0", paramLabel = "BUCKET") String name,
      @Parameters(index = "1..*", arity = "1..*", paramLabel = "ORIGIN[:PATH[:PRIORITY]]")
          List<String> sources,
      @Option(
              names = "--conflicts",
              description = "What is shown where copies differ: priority, newest or keep_both.")
          @Nullable String conflicts,
      @Option(names = "--writes", description = "Files can be written into it and deleted.")
          boolean writes,
      @Option(
              names = "--replication-factor",
              paramLabel = "N",
              description = "Of how many copies of a file are waited for (2).")
          @Nullable Integer copies) {
    var body = Api.object().put("writes", writes);
    var list = body.putArray("sources");
    for (var source : sources) {
      var parts = source.split(":", -1);
      if (parts.length > 3 || (parts.length == 3 && !parts[2].matches("\\d{1,7}"))) {
        throw new ApiFailure("USAGE", "a source looks like nas:pictures:10, not '" + source + "'");
      }
      var entry = list.addObject().put("origin", parts[0]);
      if (parts.length > 1) {
        entry.put("path", parts[1]);
      }
      if (parts.length > 2) {
        entry.put("priority", Integer.parseInt(parts[2]));
      }
    }
    if (conflicts != null) {
      body.put("conflicts", conflicts);
    }
    if (copies != null) {
      body.put("replication_factor", copies);
    }
    root().api().put(PATH + "/" + Api.escape(name), body, null);
    return list();
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "A page of its files, with where each of their copies lies.")
  int files(
      @Parameters(index = "0", paramLabel = "BUCKET") String name,
      @Parameters(index = "1", arity = "0..1", paramLabel = "PREFIX") @Nullable String prefix,
      @Option(names = "--after", description = "Those behind this key.") @Nullable String after) {
    var path = PATH + "/" + Api.escape(name) + "/files";
    var query = new StringJoiner("&", "?", "").setEmptyValue("");
    if (prefix != null) {
      query.add("prefix=" + Api.escape(prefix));
    }
    if (after != null) {
      query.add("after=" + Api.escape(after));
    }
    var root = root();
    var data = root.api().get(path + query);
    return root.answer(
        data,
        () -> {
          var table = new Table("KEY", "SIZE", "COPIES");
          for (var file : data.path("files")) {
            var copies = new StringJoiner(" ");
            for (var copy : file.path("copies")) {
              copies.add(copy.path("origin").asText() + "=" + copy.path("relation").asText());
            }
            table.row(file.path("key").asText(), file.path("size").asText(), copies.toString());
          }
          table.print(root.out(), "");
          for (var silent : data.path("silent_origins")) {
            root.out()
                .println(
                    "not complete: %s: %s"
                        .formatted(silent.path("origin").asText(), silent.path("reason").asText()));
          }
          if (data.hasNonNull("next")) {
            root.out().println("more: --after '" + data.path("next").asText() + "'");
          }
        });
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "What was written or deleted and waits for origins that are away.")
  int pending(@Parameters(paramLabel = "BUCKET") String name) {
    var root = root();
    var data = root.api().get(PATH + "/" + Api.escape(name) + "/pending");
    return root.answer(
        data,
        () -> {
          var table = new Table("KEY", "CHANGE", "MADE", "ORIGINS");
          for (var one : data.path("pending")) {
            var origins = new StringJoiner(" ");
            one.path("origins").forEach(origin -> origins.add(origin.asText()));
            table.row(
                one.path("key").asText(),
                one.path("change").asText(),
                one.path("made").asText(),
                origins.toString());
          }
          table.print(root.out(), "");
        });
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Forgets one; its files stay as they are.")
  int forget(@Parameters(paramLabel = "BUCKET") String name) {
    root().api().delete(PATH + "/" + Api.escape(name));
    return list();
  }
}
