package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.kintsugi.Version;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The command `kintsugi`. Exit codes: 0 done, 1 failed, 2 used wrongly, 3 data is lost.
@Command(
    name = "kintsugi",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    version = "kintsugi " + Version.TEXT,
    synopsisSubcommandLabel = "COMMAND",
    description = "Self-healing object storage: asks and steers a node.",
    commandListHeading = "%nCommands:%n  dev       Starts a development node and stays.%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed", "2:used wrongly", "3:data is lost"},
    subcommands = {
      StatusCommand.class,
      ScanCommand.class,
      HealCommand.class,
      PolicyCommand.class,
      BucketsCommand.class,
      TreesCommand.class,
      MountCommand.class,
      UnmountCommand.class,
      OriginsCommand.class,
      CollectCommand.class,
      StandingCommand.class,
      RebuildCatalogCommand.class,
      LoggingCommand.class,
      DemoCommand.class
    })
public final class Kintsugi implements Callable<Integer> {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int LOST = 3;

  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = "--url",
      scope = ScopeType.INHERIT,
      paramLabel = "URL",
      defaultValue = "${env:KINTSUGI_URL:-http://127.0.0.1:9000}",
      description = "REST address of the node (KINTSUGI_URL), default http://127.0.0.1:9000.")
  private String url = "";

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Prints the answer of the node as JSON.")
  private boolean json;

  @CommandLine.Spec private @org.jspecify.annotations.Nullable CommandSpec spec;

  Kintsugi(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  public static void main(String[] args) {
    // Names of objects are UTF-8, whatever the locale says.
    var out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    var err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  static int run(PrintStream out, PrintStream err, String... args) {
    var line = new CommandLine(new Kintsugi(out, err));
    line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((failure, _, _) -> {
      err.println("kintsugi: " + message(failure));
      return failure instanceof ApiFailure refused && refused.code().equals("USAGE")
          ? USAGE
          : FAILED;
    });
    return line.execute(args);
  }

  private static String message(Exception failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  /// The root of the command that `spec` belongs to.
  static Kintsugi of(CommandSpec spec) {
    return (Kintsugi) spec.root().userObject();
  }

  PrintStream out() {
    return out;
  }

  PrintStream err() {
    return err;
  }

  boolean json() {
    return json;
  }

  Api api() {
    return new Api(url);
  }

  /// Prints the answer as JSON where that is wanted, else as `people` see it.
  int answer(JsonNode data, Runnable people) {
    if (json) {
      out.println(Api.pretty(data));
    } else {
      people.run();
    }
    return DONE;
  }

  @Override
  public Integer call() {
    if (spec != null) {
      spec.commandLine().usage(out);
    }
    return DONE;
  }
}
