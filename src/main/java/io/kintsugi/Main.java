package io.kintsugi;

import io.kintsugi.kernel.CrashPoint;
import io.kintsugi.kernel.LogSetup;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/// Starts a node and stays until SIGTERM or Ctrl-C.
public final class Main {
  private static final long START_SECONDS = 25;

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    int code = run(args);
    if (code != 0) {
      System.exit(code);
    }
  }

  private static int run(String[] args) throws InterruptedException {
    var flags = new NodeFlags();
    var line = new CommandLine(flags);
    try {
      line.parseArgs(args);
      if (line.isUsageHelpRequested()) {
        line.usage(System.out);
        return 0;
      }
      if (line.isVersionHelpRequested()) {
        line.printVersionHelp(System.out);
        return 0;
      }
      var config = flags.resolve(System.getenv());
      stopWithParent(System.getenv());
      serve(config);
      return 0;
    } catch (CommandLine.ParameterException e) {
      System.err.println("kintsugi: " + e.getMessage());
      return 2;
    } catch (RuntimeException e) {
      System.err.println("kintsugi: " + e.getMessage());
      return 1;
    }
  }

  /// Ends this process with the one named by KINTSUGI_PARENT, whichever way that ends, so that a
  /// demonstration or a test leaves no node behind.
  private static void stopWithParent(Map<String, String> env) {
    var parent = env.get("KINTSUGI_PARENT");
    if (parent == null || parent.isEmpty()) {
      return;
    }
    if (!parent.matches("[0-9]{1,10}")) {
      throw new StartRefused("KINTSUGI_PARENT must be the id of a process, not '" + parent + "'");
    }
    var process = ProcessHandle.of(Long.parseLong(parent));
    if (process.isEmpty()) {
      throw new StartRefused("the process " + parent + " of KINTSUGI_PARENT has ended already");
    }
    var _ = process.get().onExit().thenRun(() -> System.exit(0));
  }

  private static void serve(NodeConfig config) throws InterruptedException {
    LogSetup.apply(config.node(), config.logFormat(), config.logLevels());
    CrashPoint.armed()
        .ifPresent(point -> LoggerFactory.getLogger(Main.class).warn("to be killed at {}", point));
    // Before the start, so that one who breaks that off leaves no PostgreSQL behind.
    var started = new CompletableFuture<Node>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started), "stop"));
    Node node;
    try {
      node = Node.start(config);
      started.complete(node);
    } catch (RuntimeException | Error e) {
      started.completeExceptionally(e);
      throw e;
    }
    if (config.s3SecretFile() == null) {
      System.out.println(
          "development mode: S3 keys are kintsugi / kintsugi-secret, REST needs no token on"
              + " loopback; not for data that others must not see");
    }
    var line = new StringBuilder("ready");
    node.url("rest").ifPresent(url -> line.append(" http=").append(url));
    node.url("s3").ifPresent(url -> line.append(" s3=").append(url));
    System.out.println(line);
    new CountDownLatch(1).await();
  }

  /// A start under way is let come to its end; one that failed has cleaned up after itself.
  private static void stop(CompletableFuture<Node> started) {
    try {
      started.get(START_SECONDS, TimeUnit.SECONDS).stop();
    } catch (ExecutionException | TimeoutException e) {
      LoggerFactory.getLogger(Main.class).debug("nothing to stop", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
