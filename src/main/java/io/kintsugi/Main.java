package io.kintsugi;

import io.kintsugi.kernel.LogSetup;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;

/// Starts a node and stays until SIGTERM or Ctrl-C.
public final class Main {
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
    var node = Node.start(config);
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  node.stop();
                  stopped.countDown();
                },
                "stop"));
    if (config.s3SecretFile() == null) {
      System.out.println(
          "development mode: S3 keys are kintsugi / kintsugi-secret, REST needs no token on"
              + " loopback; not for data that others must not see");
    }
    var line = new StringBuilder("ready");
    node.url("rest").ifPresent(url -> line.append(" http=").append(url));
    node.url("s3").ifPresent(url -> line.append(" s3=").append(url));
    System.out.println(line);
    stopped.await();
  }
}
