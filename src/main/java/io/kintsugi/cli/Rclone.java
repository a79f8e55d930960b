package io.kintsugi.cli;

import io.kintsugi.kernel.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How rclone is told to give a bucket as a directory. No key stands among the words of the
/// command, which everybody on the machine can read.
///
/// @param refresh how old a listing may be, such as `10s`
/// @param cacheDir keeps what was read, or what is being written; null: nothing is kept
record Rclone(
    URI endpoint,
    String accessKey,
    Secret secretKey,
    String bucket,
    Path directory,
    boolean writes,
    boolean othersMaySee,
    String refresh,
    @Nullable Path cacheDir,
    int cacheGb) {
  static final String REMOTE = "kintsugi";
  private static final String PREFIX = "RCLONE_CONFIG_KINTSUGI_";

  List<String> command() {
    var words = new ArrayList<String>();
    // A session of its own: Ctrl-C is not for it, but for who takes the mount away in order.
    words.addAll(List.of("setsid", "rclone", "mount", REMOTE + ":" + bucket, directory.toString()));
    // By this the kernel's list of mounts tells ours; rclone would add a hash of its settings.
    words.addAll(List.of("--devname", REMOTE + ":" + bucket));
    // Times are those of the files. Those that rclone keeps as metadata cost a question for each
    // file, and a copy of its bytes whenever one is set.
    words.add("--use-server-modtime");
    words.addAll(List.of("--dir-cache-time", refresh, "--attr-timeout", "1s"));
    // The node fails over by itself; this is for a node that is started anew.
    words.addAll(List.of("--low-level-retries", "10", "--contimeout", "5s", "--timeout", "60s"));
    words.addAll(List.of("--vfs-cache-mode", cacheMode()));
    if (cacheDir != null) {
      words.addAll(List.of("--cache-dir", cacheDir.toString(), "--vfs-fast-fingerprint"));
      words.addAll(List.of("--vfs-cache-max-size", cacheGb + "G"));
    }
    if (writes) {
      // A file is stored as soon as it is closed.
      words.addAll(List.of("--vfs-write-back", "0s"));
    } else {
      words.add("--read-only");
    }
    if (othersMaySee) {
      words.add("--allow-other");
    }
    return List.copyOf(words);
  }

  private String cacheMode() {
    if (writes) {
      return "writes";
    }
    return cacheDir == null ? "off" : "full";
  }

  /// What is to be in its environment, beside what any program needs.
  Map<String, String> environment() {
    var variables = new TreeMap<String, String>();
    // No file of settings takes part.
    variables.put("RCLONE_CONFIG", "/dev/null");
    variables.put(PREFIX + "TYPE", "s3");
    variables.put(PREFIX + "PROVIDER", "Other");
    variables.put(PREFIX + "ENV_AUTH", "false");
    variables.put(PREFIX + "ACCESS_KEY_ID", accessKey);
    variables.put(PREFIX + "SECRET_ACCESS_KEY", secretKey.reveal());
    variables.put(PREFIX + "ENDPOINT", endpoint.toString());
    variables.put(PREFIX + "REGION", "us-east-1");
    variables.put(PREFIX + "FORCE_PATH_STYLE", "true");
    variables.put(PREFIX + "NO_CHECK_BUCKET", "true");
    return variables;
  }

  /// Whether a variable of the caller is about other storage than this.
  static boolean isForeign(String variable) {
    return variable.startsWith("RCLONE_") || variable.startsWith("AWS_");
  }
}
