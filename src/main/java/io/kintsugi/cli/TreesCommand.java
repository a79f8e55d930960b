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
          @Nullable Integer copies,
      @Option(
              names = "--mirror",
              description = "off: rot is told; heal: and mended; equal: and copies kept equal.")
          @Nullable String mirror,
      @Option(
              names = "--verify",
              description = "How long after all files were read they are read again: 30d, or off.")
          @Nullable String verify,
      @Option(
              names = "--bandwidth",
              description = "10^6 bytes a second for reading and bringing copies; 0: no bound.")
          @Nullable Integer megabytes) {
    var body = Api.object().put("writes", writes);
    if (mirror != null) {
      body.put("mirror", mirror);
    }
    if (verify != null) {
      body.put("verify", verify);
    }
    if (megabytes != null) {
      body.put("bandwidth_limit_mbps", megabytes);
    }
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
      description =
          "Reads all its files now, and mends and mirrors as it says; tells how far it is.")
  int verify(
      @Parameters(paramLabel = "BUCKET") String name,
      @Option(names = "--status", description = "Begins nothing.") boolean status,
      @Option(names = "--watch", description = "Stays until all files were read.") boolean watch) {
    var root = root();
    var path = PATH + "/" + Api.escape(name) + "/verify";
    var data = status ? root.api().get(path) : root.api().post(path, Api.object());
    if (watch) {
      var bar = new ProgressBar(root.out(), name);
      while (data.path("verification").path("status").asText().equals("running")) {
        bar.show(0, VerifiedTree.line(data.path("verification")));
        Watch.pause();
        data = root.api().get(path);
      }
      bar.end();
    }
    var told = data;
    return root.answer(told, () -> VerifiedTree.print(root.out(), told));
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
