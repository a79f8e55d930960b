package io.kintsugi;

import io.kintsugi.kernel.Secret;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a command beside a node takes from the settings of that node: the environment goes before
/// `kintsugi.toml`, and both before what a development node has.
///
/// @param mountPoint where a bucket is given as a directory
/// @param cacheDir what may be kept of it there
/// @param cacheGb at most so much
public record ClientSettings(
    String s3AccessKey,
    Secret s3SecretKey,
    @Nullable Path mountPoint,
    @Nullable Path cacheDir,
    int cacheGb) {
  private static final int CACHE_GB = 10;

  /// Reads KINTSUGI_S3_ACCESS_KEY, KINTSUGI_S3_SECRET_KEY and the file that KINTSUGI_CONFIG names,
  /// or the one in the working directory.
  public static ClientSettings read(Map<String, String> env) {
    var file = TomlFile.find(null, env);
    var s3 = Optional.ofNullable(file.s3());
    var accessKey =
        Optional.ofNullable(env.get("KINTSUGI_S3_ACCESS_KEY"))
            .or(() -> s3.map(TomlFile.S3::accessKey))
            .orElse(NodeConfig.DEV_ACCESS_KEY);
    var secretKey =
        Optional.ofNullable(env.get("KINTSUGI_S3_SECRET_KEY"))
            .or(() ->
                s3.map(TomlFile.S3::secretFile).map(named -> PrivateFile.read(Path.of(named))))
            .orElse(NodeConfig.DEV_SECRET_KEY);
    var cacheGb = Optional.ofNullable(file.cache()).map(TomlFile.Cache::contentCacheGb);
    return new ClientSettings(
        accessKey,
        new Secret(secretKey.strip()),
        path(file.mountPoint()),
        path(file.cacheDir()),
        cacheGb.orElse(CACHE_GB));
  }

  private static @Nullable Path path(@Nullable String text) {
    return text == null ? null : Path.of(text);
  }
}
