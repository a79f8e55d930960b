package io.kintsugi.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the demonstration did and how long it took.
final class DemoReport {
  private record Phase(String name, long bytes, Duration time) {}

  private final List<Phase> phases = new ArrayList<>();
  private final Map<String, String> facts = new LinkedHashMap<>();

  void phase(String name, long bytes, Duration time) {
    phases.add(new Phase(name, bytes, time));
  }

  void fact(String name, String value) {
    facts.put(name, value);
  }

  void print(PrintStream out) {
    out.println();
    out.println("Report");
    var table = new Table("  WHAT", "");
    facts.forEach((name, value) -> table.row("  " + name, value));
    table.print(out, "");
    out.println();
    var times = new Table("  PHASE", "TIME", "RATE");
    for (var phase : phases) {
      times.row(
          "  " + phase.name(),
          Units.seconds(phase.time()),
          phase.bytes() == 0 ? "-" : Units.rate(phase.bytes(), phase.time()));
    }
    times.print(out, "");
  }
}
