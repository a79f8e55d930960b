package io.kintsugi.s3;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// A client that says exactly what it is told to, byte by byte, over one connection.
final class RawClient implements AutoCloseable {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int TIMEOUT_MILLIS = 15_000;

  /// One answer.
  record Answer(int status, Map<String, String> headers, String body) {}

  final Socket socket;
  private final String host;

  RawClient(int port, int receiveBytes) throws IOException {
    socket = new Socket();
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    host = "127.0.0.1:" + port;
  }

  RawClient(int port) throws IOException {
    this(port, 0);
  }

  /// The head of a signed request.
  String head(String method, String target, String payload, Map<String, String> more) {
    return head(method, target, payload, more, S3Node.SECRET_KEY);
  }

  String head(
      String method, String target, String payload, Map<String, String> more, String secret) {
    var stamp = STAMP.format(Instant.now());
    var date = stamp.substring(0, 8);
    var headers = new LinkedHashMap<String, String>();
    headers.put("Host", host);
    headers.put("x-amz-date", stamp);
    headers.put("x-amz-content-sha256", payload);
    headers.putAll(more);
    var signed =
        new ArrayList<>(headers.keySet().stream().map(n -> n.toLowerCase(Locale.ROOT)).toList());
    signed.removeIf(name -> name.equals("expect") || name.equals("transfer-encoding"));
    signed.sort(null);
    var scope = date + "/us-east-1/s3/aws4_request";
    var signature =
        new Signature(
            S3Node.ACCESS_KEY,
            date,
            "us-east-1",
            scope,
            stamp,
            Instant.now(),
            signed,
            "",
            false,
            0);
    var request =
        signature.canonicalRequest(RequestHead.of(method, target, headers.entrySet()), payload);
    var key = Credentials.derive(secret, date, "us-east-1");
    headers.put(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential="
            + S3Node.ACCESS_KEY
            + "/"
            + scope
            + ", SignedHeaders="
            + String.join(";", signed)
            + ", Signature="
            + Signature.sign(key, signature.stringToSign(request)));
    var text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    headers.forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
    return text.append("\r\n").toString();
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  Answer receive() throws IOException {
    return receive(false);
  }

  /// @param headOnly the answer has no body whatever its headers say
  Answer receive(boolean headOnly) throws IOException {
    var status = Integer.parseInt(line().split(" ", 3)[1]);
    var headers = new LinkedHashMap<String, String>();
    for (var line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int length = headOnly ? 0 : Integer.parseInt(headers.getOrDefault("content-length", "0"));
    var body = in().readNBytes(length);
    return new Answer(status, headers, new String(body, StandardCharsets.UTF_8));
  }

  private InputStream in() throws IOException {
    return socket.getInputStream();
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in().read(); b != '\n'; b = in().read()) {
      if (b < 0) {
        throw new EOFException("the connection was closed");
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.UTF_8).strip();
  }

  /// True if nothing more comes and the connection is closed.
  boolean isClosed() throws IOException {
    return in().read() < 0;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
