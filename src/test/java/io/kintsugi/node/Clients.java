package io.kintsugi.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// aws and rclone as they are packaged, told where a node is.
final class Clients {
  private final RunningNode node;
  private final Path work;

  Clients(RunningNode node, Path work) {
    this.node = node;
    this.work = work;
  }

  private Command awsCommand() throws Exception {
    var config = work.resolve("aws-config");
    Files.writeString(
        config,
        """
        [default]
        region = us-east-1
        s3 =
          addressing_style = path
          signature_version = s3v4
        """);
    return new Command(work)
        .with("AWS_CONFIG_FILE", config.toString())
        .with("AWS_SHARED_CREDENTIALS_FILE", work.resolve("none").toString())
        .with("AWS_ACCESS_KEY_ID", Store.ACCESS_KEY)
        .with("AWS_SECRET_ACCESS_KEY", Store.SECRET_KEY)
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .with("LC_ALL", "C.UTF-8")
        .with("PYTHONUTF8", "1");
  }

  /// What aws said; it must end well.
  String aws(String... words) throws Exception {
    return awsCommand().succeed(awsWords(words));
  }

  /// How aws ended.
  Command.Ended tryAws(String... words) throws Exception {
    return awsCommand().run(awsWords(words));
  }

  private String[] awsWords(String... words) {
    var all = new ArrayList<>(List.of("aws", "--endpoint-url", node.s3Url()));
    all.addAll(Arrays.asList(words));
    return all.toArray(String[]::new);
  }

  /// What rclone said of the remote `kintsugi:`; it must end well.
  String rclone(String... words) throws Exception {
    var config = work.resolve("rclone.conf");
    Files.writeString(
        config,
        """
        [kintsugi]
        type = s3
        provider = Other
        access_key_id = kintsugi
        secret_access_key = kintsugi-secret
        region = us-east-1
        force_path_style = true
        endpoint = %s
        """
            .formatted(node.s3Url()));
    var all = new ArrayList<>(List.of("rclone", "--config", config.toString()));
    all.addAll(Arrays.asList(words));
    return new Command(work)
        .with("LC_ALL", "C.UTF-8")
        .with("HOME", work.toString())
        .succeed(all.toArray(String[]::new));
  }
}
