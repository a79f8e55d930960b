package io.kintsugi.cli;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How much each feature says.
@Command(
    name = "logging",
    mixinStandardHelpOptions = true,
    description = "Shows and sets how much each feature says.")
final class LoggingCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--set",
      paramLabel = "FEATURE=LEVEL",
      description = "Level trace, debug, info, warn, error or off, at once.")
  private @Nullable Map<String, String> changes;

  @Override
  public Integer call() {
    var root = Kintsugi.of(Objects.requireNonNull(spec));
    var api = root.api();
    var body = Api.object();
    if (changes != null) {
      var levels = body.putObject("levels");
      changes.forEach(levels::put);
    }
    var data = changes == null ? api.get("/admin/logging") : api.put("/admin/logging", body, null);
    return root.answer(
        data,
        () -> {
          var table = new Table("FEATURE", "LEVEL");
          for (var level : data.path("levels").properties()) {
            table.row(level.getKey(), level.getValue().asText());
          }
          table.print(root.out(), "");
        });
  }
}
