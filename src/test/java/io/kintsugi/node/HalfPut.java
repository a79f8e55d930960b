package io.kintsugi.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// A PUT, signed for anybody, that says one length and sends what it likes.
final class HalfPut implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket = new Socket();

  private HalfPut() {}

  /// Connects, and sends the head.
  ///
  /// @param length what `Content-Length` says
  static HalfPut begin(URI url, String length) throws IOException {
    var put = new HalfPut();
    put.socket.connect(new InetSocketAddress(url.getHost(), url.getPort()), TIMEOUT_MILLIS);
    put.socket.setSoTimeout(TIMEOUT_MILLIS);
    var head =
        "PUT %s?%s HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: %s\r\n\r\n"
            .formatted(url.getRawPath(), url.getRawQuery(), url.getHost(), url.getPort(), length);
    put.send(head.getBytes(StandardCharsets.US_ASCII));
    return put;
  }

  /// Where an object may be put, for anybody.
  static URI presigned(String s3Url, String bucket, String key) throws Exception {
    try (var presigner = Store.presigner(s3Url)) {
      return presigner
          .presignPutObject(p ->
              p.signatureDuration(Duration.ofMinutes(5))
                  .putObjectRequest(b -> b.bucket(bucket).key(key)))
          .url()
          .toURI();
    }
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /// All that is answered until the other side hangs up, or has said it all.
  String answer() throws IOException {
    var text = new StringBuilder();
    var buffer = new byte[8192];
    while (!text.toString().contains("</Error>")) {
      int read = socket.getInputStream().read(buffer);
      if (read < 0) {
        break;
      }
      text.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
