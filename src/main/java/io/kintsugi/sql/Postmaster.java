package io.kintsugi.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of the server that `postmaster.pid` of a database directory speaks of.
///
/// PostgreSQL asks only whether a process with that id exists. After a crash the id may belong to a
/// zombie or, in a restarted container, to anybody; then it would refuse to start for ever.
sealed interface Postmaster {
  /// There is no such file: the server was stopped properly, or never ran.
  record Absent() implements Postmaster {}

  /// The file speaks of a process that is provably not a server of this directory.
  record Stale(String why) implements Postmaster {}

  /// The server of this directory is alive.
  record Live(long pid, int port, Status status) implements Postmaster {}

  /// The process can neither be recognised nor ruled out.
  record Unknown(String why) implements Postmaster {}

  /// What the server says of itself.
  enum Status {
    STARTING,
    READY,
    STOPPING
  }

  /// What the system says of a process; null where it does not say.
  record Facts(boolean exists, char state, @Nullable String program, @Nullable Path workDir) {}

  /// Whether a process is the server of a directory.
  enum Verdict {
    OURS,
    NOT_OURS,
    UNKNOWN
  }

  String FILE = "postmaster.pid";

  /// Beyond every `pid_max`, so it never names a process.
  String NOBODY = "2147483646";

  int LINE_PORT = 3;
  int LINE_STATUS = 7;

  static Postmaster observe(Path directory) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(directory.resolve(FILE), UTF_8);
    } catch (NoSuchFileException _) {
      return new Absent();
    }
    var pid = lines.isEmpty() ? 0 : number(lines.getFirst());
    if (pid == 0) {
      return unnamed(directory);
    }
    var facts = facts(pid);
    return switch (judge(facts, directory.toRealPath())) {
      case OURS -> new Live(pid, (int) number(line(lines, LINE_PORT)), status(lines));
      case NOT_OURS -> new Stale("pid=" + pid + " " + facts);
      case UNKNOWN -> new Unknown("pid=" + pid + " " + facts);
    };
  }

  /// Decides from what the system says: only a process that is read and found different, or is no
  /// more, is not ours.
  static Verdict judge(Facts facts, Path directory) {
    if (!facts.exists() || facts.state() == 'Z' || facts.state() == 'X') {
      return Verdict.NOT_OURS;
    }
    var program = facts.program();
    var workDir = facts.workDir();
    var otherProgram = program != null && !program.endsWith("/bin/postgres");
    var otherPlace = workDir != null && !workDir.equals(directory);
    if (otherProgram || otherPlace) {
      return Verdict.NOT_OURS;
    }
    return program == null || workDir == null ? Verdict.UNKNOWN : Verdict.OURS;
  }

  /// Takes the dead process's id out of the file. The file itself stays: by its line 7 PostgreSQL
  /// still finds out whether anyone is attached to the old shared memory, and then refuses.
  static void disown(Path directory) throws IOException {
    var file = directory.resolve(FILE);
    var text = Files.readString(file);
    var end = text.indexOf('\n');
    var rest = end < 0 ? "\n" : text.substring(end);
    // One write and never shorter than before, so a crash leaves the old file or the new one.
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap((NOBODY + rest).getBytes(UTF_8)), 0);
      channel.force(true);
    }
  }

  private static Facts facts(long pid) throws IOException {
    var process = Path.of("/proc", Long.toString(pid));
    char state;
    try {
      var stat = Files.readString(process.resolve("stat"));
      // The name in parentheses may itself hold spaces and parentheses.
      state = stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException failure) {
      if (Files.exists(process)) {
        return new Facts(true, '?', null, null);
      }
      if (!Files.exists(Path.of("/proc/self"))) {
        throw new IOException("/proc is not mounted", failure);
      }
      return new Facts(false, 'X', null, null);
    }
    var program = link(process.resolve("exe"));
    return new Facts(
        true, state, program == null ? null : program.toString(), link(process.resolve("cwd")));
  }

  /// The target of a link in /proc. A file that was replaced since keeps its name with a mark.
  private static @Nullable Path link(Path link) {
    try {
      var target = Files.readSymbolicLink(link).toString();
      var mark = " (deleted)";
      return Path.of(
          target.endsWith(mark) ? target.substring(0, target.length() - mark.length()) : target);
    } catch (IOException _) {
      return null;
    }
  }

  /// A crash between making the file and filling it leaves no id to ask for: then every process is
  /// asked.
  private static Postmaster unnamed(Path directory) throws IOException {
    var real = directory.toRealPath();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (var process : processes) {
        var pid = number(process.getFileName().toString());
        if (judge(facts(pid), real) == Verdict.OURS) {
          return new Unknown("pid=" + pid + " has not written its id yet");
        }
      }
    }
    return new Stale("no process id in the file");
  }

  /// A server in single-user mode writes its id with a minus sign.
  private static long number(String text) {
    try {
      return Math.abs(Long.parseLong(text.strip()));
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  private static Status status(List<String> lines) {
    return switch (line(lines, LINE_STATUS).strip()) {
      case "ready", "standby" -> Status.READY;
      case "stopping" -> Status.STOPPING;
      default -> Status.STARTING;
    };
  }

  private static String line(List<String> lines, int index) {
    return index < lines.size() ? lines.get(index) : "";
  }
}
