package io.kintsugi.node;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.util.Arrays;

/// A PUT whose body comes in two halves, with something between them.
final class SlowPut {
  private static final int LIMIT_MILLIS = 60_000;

  /// What happens in the middle of a body.
  interface Event {
    void happen() throws Exception;
  }

  private SlowPut() {}

  /// Puts an object; the status that was answered.
  static int put(String s3Url, String bucket, String key, byte[] body, Event event)
      throws Exception {
    var connection =
        (HttpURLConnection) HalfPut.presigned(s3Url, bucket, key).toURL().openConnection();
    connection.setRequestMethod("PUT");
    connection.setDoOutput(true);
    connection.setReadTimeout(LIMIT_MILLIS);
    connection.setFixedLengthStreamingMode(body.length);
    int half = body.length / 2;
    try (var out = connection.getOutputStream()) {
      out.write(body, 0, half);
      out.flush();
      event.happen();
      send(out, Arrays.copyOfRange(body, half, body.length));
    } catch (IOException e) {
      // A node that gives up in mid-body answers and hangs up: the answer is read all the same.
      return connection.getResponseCode();
    }
    return connection.getResponseCode();
  }

  private static void send(OutputStream out, byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }
}
