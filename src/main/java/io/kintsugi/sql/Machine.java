package io.kintsugi.sql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/// What this machine offers to a process that wants to run PostgreSQL.
final class Machine {
  private static final int CAP_DAC_OVERRIDE = 1;
  private static final int CAP_DAC_READ_SEARCH = 2;
  private static final int CAP_SETPCAP = 8;

  private Machine() {}

  /// The account for the server of a database that belongs to `owner`, or of a new one.
  static Account account(
      @Nullable Integer owner, boolean tryNamespaces, Path binaries, Path workDir)
      throws IOException {
    var uids = new StringTokenizer(status("Uid"));
    uids.nextToken();
    // The first is the real one, the second the effective one.
    var uid = Integer.parseInt(uids.nextToken());
    var namespaces = uid == 0 && tryNamespaces && hasNamespaces(binaries, workDir);
    return Account.choose(new Account.Circumstances(uid, owner, namespaces, searchCapability()));
  }

  /// Tried with the server program itself: a namespace in which its path cannot be passed is none.
  private static boolean hasNamespaces(Path binaries, Path workDir) {
    try {
      return new PgTools(binaries, workDir, new Account.Namespace()).version().succeeded();
    } catch (IOException _) {
      return false;
    }
  }

  /// Containers often run without the smaller capability. One can only be handed on if it is held
  /// and within bounds.
  private static @Nullable String searchCapability() throws IOException {
    var offered =
        HexFormat.fromHexDigitsToLong(status("CapPrm"))
            & HexFormat.fromHexDigitsToLong(status("CapBnd"));
    if (!has(offered, CAP_SETPCAP)) {
      return null;
    }
    if (has(offered, CAP_DAC_READ_SEARCH)) {
      return "dac_read_search";
    }
    return has(offered, CAP_DAC_OVERRIDE) ? "dac_override" : null;
  }

  private static boolean has(long capabilities, int capability) {
    return (capabilities & (1L << capability)) != 0;
  }

  private static String status(String name) throws IOException {
    for (var line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith(name + ":")) {
        return line.substring(name.length() + 1).strip();
      }
    }
    throw new IOException("/proc/self/status has no " + name);
  }
}
