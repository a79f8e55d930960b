package io.kintsugi.driver;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/// Writes into `target/conformance.md` which driver keeps which promise, as its tests found it: a
/// row for each test that all of them share, a column for each driver. Suites of several runs add
/// up.
final class ConformanceTable implements TestWatcher, AfterAllCallback {
  private static final Path FOLDER = Path.of("target", "conformance");
  private static final Path TABLE = Path.of("target", "conformance.md");

  private final Map<String, String> found = new ConcurrentHashMap<>();

  private void note(ExtensionContext context, String word) {
    var name = context.getRequiredTestMethod().getName();
    boolean shared =
        Stream.of(DriverConformance.class, ListingConformance.class)
            .flatMap(suite -> Arrays.stream(suite.getDeclaredMethods()))
            .anyMatch(method -> method.getName().equals(name));
    if (shared) {
      found.put(sentence(name), word);
    }
  }

  private static String sentence(String name) {
    return name.replaceAll("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    note(context, "yes");
  }

  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    note(context, "**no**");
  }

  @Override
  public void testAborted(ExtensionContext context, @Nullable Throwable cause) {
    note(context, "**no**");
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    var driver = context.getRequiredTestClass().getSimpleName().replaceAll("(IT|Test)$", "");
    Files.createDirectories(FOLDER);
    var lines = new ArrayList<String>();
    new TreeMap<>(found).forEach((promise, word) -> lines.add(promise + "\t" + word));
    // Another JVM of the same build may write it just now.
    try (var lock = FileChannel.open(FOLDER.resolve("lock"), CREATE, WRITE)) {
      lock.lock();
      Files.write(FOLDER.resolve(driver + ".tsv"), lines);
      Files.write(TABLE, table());
    }
  }

  private static List<String> table() throws IOException {
    var drivers = new TreeMap<String, Map<String, String>>();
    try (var files = Files.newDirectoryStream(FOLDER, "*.tsv")) {
      for (var file : files) {
        var words = new TreeMap<String, String>();
        for (var line : Files.readAllLines(file)) {
          var parts = line.split("\t", -1);
          words.put(parts[0], parts[1]);
        }
        drivers.put(file.getFileName().toString().replace(".tsv", ""), words);
      }
    }
    var promises = new TreeSet<String>();
    drivers.values().forEach(words -> promises.addAll(words.keySet()));
    var lines = new ArrayList<String>();
    lines.add(row("promise", drivers.keySet()));
    lines.add("|---".repeat(drivers.size() + 1) + "|");
    for (var promise : promises) {
      lines.add(
          row(
              promise,
              drivers.values().stream()
                  .map(words -> words.getOrDefault(promise, "not run"))
                  .toList()));
    }
    return lines;
  }

  private static String row(String first, Collection<String> rest) {
    return "| " + first + " | " + String.join(" | ", rest) + " |";
  }
}
