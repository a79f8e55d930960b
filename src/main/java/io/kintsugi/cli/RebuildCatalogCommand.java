package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Brings the catalog back from the origins.
@Command(
    name = "rebuild-catalog",
    mixinStandardHelpOptions = true,
    description = {
      "Brings the catalog back from the origins.",
      "For a node whose database was lost, or restored from an older state."
    })
final class RebuildCatalogCommand implements Callable<Integer> {
  private static final long POLL_MILLIS = 300;

  @Option(names = "--dry-run", description = "Only shows what would be restored.")
  private boolean dryRun;

  @Option(names = "--accept-gap", description = "Goes on where changes are missing.")
  private boolean acceptGap;

  @Option(
      names = "--from-empty",
      description = "Drops what the catalog holds now, changes too that no origin knows.")
  private boolean fromEmpty;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    var root = Kintsugi.of(Objects.requireNonNull(spec));
    var api = root.api();
    var wish =
        Api.object()
            .put("dry_run", dryRun)
            .put("accept_gap", acceptGap)
            .put("from_empty", fromEmpty);
    var view = api.post("/admin/catalog/rebuild", wish);
    while (view.path("rebuild").path("ended").isNull()) {
      Thread.sleep(POLL_MILLIS);
      view = api.get("/admin/catalog");
    }
    var end = view;
    root.answer(end, () -> print(root.out(), end));
    return end.at("/rebuild/phase").asText().equals("done") ? Kintsugi.DONE : Kintsugi.FAILED;
  }

  private static void print(PrintStream out, JsonNode view) {
    var rebuild = view.path("rebuild");
    var phase = rebuild.path("phase").asText();
    boolean done = phase.equals("done");
    boolean rehearsed = rebuild.path("dry_run").asBoolean();
    out.println(
        !done
            ? "FAILED: " + rebuild.path("error").asText()
            : rehearsed ? "Nothing was changed. A rebuild would restore:" : "The catalog is back:");
    rebuild
        .path("counts")
        .properties()
        .forEach(count -> out.printf("  %-14s %s%n", count.getKey(), count.getValue().asText()));
    out.printf(
        "changes %s to %s%s, read from %s%n",
        rebuild.path("from_seq").asLong() + 1,
        rebuild.path("to_seq").asText(),
        rebuild.path("snapshot_seq").asLong() == 0
            ? ""
            : " (snapshot of " + rebuild.path("snapshot_seq").asText() + ")",
        words(rebuild.path("sources")));
    list(out, "MISSING changes, on no origin that answers", rebuild.path("gaps"));
    list(out, "not believed", rebuild.path("refused"));
    list(
        out,
        "uncertain: whole on the origins, but in no journal; restored",
        rebuild.path("uncertain"));
    list(out, "in no journal, and not restored", rebuild.path("not_adopted"));
    if (done && !rehearsed) {
      out.printf("catalog: %s%n", view.path("state").asText());
    }
  }

  private static String words(JsonNode list) {
    var text = new StringBuilder();
    list.forEach(word -> text.append(text.isEmpty() ? "" : ", ").append(word.asText()));
    return text.isEmpty() ? "no origin" : text.toString();
  }

  private static void list(PrintStream out, String title, JsonNode entries) {
    if (!entries.isEmpty()) {
      out.println(title + ":");
      entries.forEach(entry -> out.println("  " + entry.asText()));
    }
  }
}
