package io.kintsugi.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The S3 edge through the programs that people have: aws and rclone as Debian packages them (F6).
class S3ClientsIT {
  private static final int IDLE_MILLIS = 60_000;
  private static final int BIG_BYTES = 20_000_003;

  @TempDir private Path temp;
  private S3Node node;
  private Path source;

  @BeforeEach
  void start() throws IOException {
    node = new S3Node(IDLE_MILLIS);
    source = Files.createDirectories(temp.resolve("source"));
    write("small.txt", "hello".getBytes(StandardCharsets.UTF_8));
    write("empty", new byte[0]);
    write("dir/with space & plus+/ünïcode 😀.bin", bytes(70_000));
    write("dir/deep/er/file%20.bin", bytes(3_000_000));
    write("big.bin", bytes(BIG_BYTES));
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private static byte[] bytes(int length) {
    var bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private void write(String name, byte[] bytes) throws IOException {
    var file = source.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private String run(String... command) throws IOException, InterruptedException {
    var out = Files.createTempFile(temp, "out", ".txt");
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
    var env = builder.environment();
    env.keySet().removeIf(name -> name.startsWith("AWS_") || name.startsWith("RCLONE_"));
    env.put("HOME", temp.toString());
    env.put("AWS_ACCESS_KEY_ID", S3Node.ACCESS_KEY);
    env.put("AWS_SECRET_ACCESS_KEY", S3Node.SECRET_KEY);
    env.put("AWS_DEFAULT_REGION", "us-east-1");
    env.put("LC_ALL", "C.UTF-8");
    var process = builder.start();
    if (!process.waitFor(90, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    var text = Files.readString(out);
    assertThat(process.waitFor()).as("%s%n%s", Arrays.toString(command), text).isZero();
    return text;
  }

  private String aws(String... arguments) throws IOException, InterruptedException {
    return run("/usr/bin/aws", List.of("--endpoint-url", node.endpoint().toString()), arguments);
  }

  private String rclone(String... arguments) throws IOException, InterruptedException {
    var remote =
        List.of(
            "--config=" + Files.writeString(temp.resolve("rclone.conf"), ""),
            "--s3-provider=Other",
            "--s3-env-auth=true",
            "--s3-force-path-style=true",
            "--s3-endpoint=" + node.endpoint(),
            "--s3-upload-cutoff=8Mi",
            "--s3-chunk-size=5Mi",
            "--retries=1");
    return run("/usr/bin/rclone", remote, arguments);
  }

  private String run(String program, List<String> options, String... arguments)
      throws IOException, InterruptedException {
    var command = new java.util.ArrayList<String>();
    command.add(program);
    command.addAll(options);
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  private static Map<String, String> digests(Path root) throws IOException {
    try (var files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .sorted(Comparator.naturalOrder())
          .collect(
              Collectors.toMap(
                  file -> root.relativize(file).toString(),
                  S3ClientsIT::md5,
                  (a, _) -> a,
                  TreeMap::new));
    }
  }

  private static String md5(Path file) {
    try {
      return TwinStorage.md5(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void awsCopiesListsSyncsAndRemoves() throws Exception {
    aws("s3", "mb", "s3://b-1");
    aws("s3", "cp", source.resolve("small.txt").toString(), "s3://b-1/one.txt");
    aws("s3", "sync", source.toString(), "s3://b-1/tree/");
    assertThat(aws("s3", "ls", "s3://b-1/")).contains("PRE tree/", "one.txt");
    assertThat(aws("s3", "ls", "--recursive", "s3://b-1/tree/").lines()).hasSize(5);
    var back = temp.resolve("back");
    aws("s3", "sync", "s3://b-1/tree/", back.toString());
    assertThat(digests(back)).isEqualTo(digests(source));
    assertThat(aws("s3", "sync", source.toString(), "s3://b-1/tree/")).isBlank();
    aws("s3", "cp", "s3://b-1/tree/big.bin", "s3://b-1/copy.bin");
    aws("s3", "mv", "s3://b-1/one.txt", "s3://b-1/two.txt");
    var url = aws("s3", "presign", "s3://b-1/two.txt").strip();
    assertThat(run("/usr/bin/curl", "-sSf", url)).isEqualTo("hello");
    aws("s3", "rm", "--recursive", "s3://b-1/tree/");
    assertThat(aws("s3", "ls", "--recursive", "s3://b-1/").lines()).hasSize(2);
    aws("s3", "rb", "--force", "s3://b-1");
    assertThat(aws("s3", "ls")).isBlank();
  }

  @Test
  void awsSpeaksTheSmallPrintToo() throws Exception {
    aws("s3api", "create-bucket", "--bucket", "b-1");
    var file = source.resolve("small.txt").toString();
    aws("s3api", "put-object", "--bucket", "b-1", "--key", "k", "--body", file);
    for (var algorithm : List.of("CRC32", "SHA1", "SHA256")) {
      aws(
          "s3api",
          "put-object",
          "--bucket=b-1",
          "--key=sum",
          "--body=" + file,
          "--checksum-algorithm=" + algorithm);
    }
    assertThat(aws("s3api", "list-object-versions", "--bucket", "b-1")).contains("\"null\"");
    assertThat(aws("s3api", "get-object-tagging", "--bucket", "b-1", "--key", "k"))
        .contains("TagSet");
    assertThat(aws("s3api", "get-bucket-acl", "--bucket", "b-1")).contains("FULL_CONTROL");
    assertThat(
            aws(
                "s3api",
                "get-object-attributes",
                "--bucket=b-1",
                "--key=k",
                "--object-attributes",
                "ObjectSize",
                "ETag"))
        .contains("\"ObjectSize\": 5");
    aws("s3api", "delete-objects", "--bucket=b-1", "--delete", "Objects=[{Key=k},{Key=sum}]");
    aws("s3api", "delete-bucket", "--bucket", "b-1");
  }

  @Test
  void rcloneCopiesChecksListsAndPurges() throws Exception {
    rclone("mkdir", ":s3:b-1");
    rclone("copy", source.toString(), ":s3:b-1/tree");
    rclone("check", source.toString(), ":s3:b-1/tree");
    rclone("check", "--download", source.toString(), ":s3:b-1/tree");
    assertThat(rclone("ls", ":s3:b-1").lines()).hasSize(5);
    assertThat(rclone("lsf", ":s3:b-1/tree/").lines())
        .containsExactlyInAnyOrder("big.bin", "dir/", "empty", "small.txt");
    rclone("copy", ":s3:b-1/tree", ":s3:b-1/second");
    rclone("check", ":s3:b-1/tree", ":s3:b-1/second");
    assertThat(rclone("copy", "-v", source.toString(), ":s3:b-1/tree"))
        .as("modification times came back, so nothing is copied again")
        .doesNotContain("Copied");
    rclone("cleanup", ":s3:b-1");
    rclone("purge", ":s3:b-1");
    assertThat(rclone("lsf", ":s3:")).isBlank();
  }
}
