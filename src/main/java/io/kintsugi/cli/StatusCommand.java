package io.kintsugi.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// How the node and its parts are.
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "How the node and its parts are.")
final class StatusCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    var root = Kintsugi.of(java.util.Objects.requireNonNull(spec));
    var data = root.api().get("/status/health");
    return root.answer(
        data,
        () -> {
          var out = root.out();
          out.printf(
              "%s  version %s  up %s s%n",
              data.path("status").asText(),
              data.path("version").asText("-"),
              data.path("uptime_seconds").asText("-"));
          var table = new Table("SUBSYSTEM", "STATUS", "LAST CHECK", "ERROR");
          for (var part : data.path("subsystems").properties()) {
            var state = part.getValue();
            table.row(
                part.getKey(),
                state.path("status").asText(),
                state.path("last_check").asText("-"),
                state.path("error_message").asText("-").replace("null", "-"));
          }
          table.print(out, "  ");
        });
  }
}
