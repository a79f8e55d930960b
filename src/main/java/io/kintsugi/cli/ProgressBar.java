package io.kintsugi.cli;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;

/// One line that shows how far something is: drawn over itself on a terminal, else a new line for
/// every tenth done.
final class ProgressBar {
  private static final int WIDTH = 30;
  private static final int LINE_WIDTH = 100;
  private static final int STEPS = 10;

  private final PrintStream out;
  private final boolean terminal;
  private final String label;
  private int lastStep = -1;
  private String lastLine = "";

  ProgressBar(PrintStream out, String label) {
    this(out, label, onTerminal());
  }

  ProgressBar(PrintStream out, String label, boolean terminal) {
    this.out = out;
    this.label = label;
    this.terminal = terminal;
  }

  private static boolean onTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  synchronized void show(double fraction, String detail) {
    double bounded = Math.clamp(fraction, 0, 1);
    int filled = (int) (bounded * WIDTH);
    var line =
        String.format(
            Locale.ROOT,
            "%s [%s%s] %3d%% %s",
            label,
            "#".repeat(filled),
            ".".repeat(WIDTH - filled),
            (int) (bounded * 100),
            detail);
    int step = (int) (bounded * STEPS);
    if (terminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, LINE_WIDTH - line.length())));
      out.flush();
    } else if (step != lastStep && !line.equals(lastLine)) {
      out.println(line);
    }
    lastStep = step;
    lastLine = line;
  }

  /// Ends the line.
  synchronized void end() {
    if (terminal && !lastLine.isEmpty()) {
      out.println();
    }
  }
}
