package io.kintsugi.driver;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.sftp.client.RawSftpClient;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/// Questions about the bytes of one open file, sent without waiting for the answers to earlier
/// ones: over a long way the time is in the waiting.
final class SftpPackets {
  /// Every server takes so much at a time.
  static final int CHUNK_BYTES = 32 << 10;

  /// The most that is asked for or sent at a time, where the server says that it takes it.
  static final int CHUNK_BYTES_MAX = 128 << 10;

  /// On their way at once, of one file.
  static final int WINDOW_BYTES = 2 << 20;

  /// Room for what stands between the handle and the bytes.
  private static final int HEAD_BYTES = 32;

  /// Room for the heads of both protocols.
  private static final int ROOM_BYTES = 32;

  private final RawSftpClient client;
  private final byte[] handle;
  private final Duration timeout;

  /// @param timeout for one answer
  SftpPackets(RawSftpClient client, byte[] handle, Duration timeout) {
    this.client = client;
    this.handle = handle.clone();
    this.timeout = timeout;
  }

  /// Asks; answers the number of the question.
  int askRead(long position, int lengthBytes) throws IOException {
    var question = question(0);
    question.putLong(position);
    question.putUInt(lengthBytes);
    return send(SftpConstants.SSH_FXP_READ, question);
  }

  /// Takes so many bytes from the buffer.
  int sendWrite(long position, ByteBuffer bytes, int lengthBytes) throws IOException {
    var question = question(lengthBytes);
    question.putLong(position);
    question.putUInt(lengthBytes);
    question.ensureCapacity(lengthBytes);
    bytes.get(question.array(), question.wpos(), lengthBytes);
    question.wpos(question.wpos() + lengthBytes);
    return send(SftpConstants.SSH_FXP_WRITE, question);
  }

  /// The library waits for the question before this one to have left, not for this one.
  private int send(int kind, Buffer question) throws IOException {
    return client.write(kind, question).getId();
  }

  /// The library's head goes before it without a copy.
  private Buffer question(int extraBytes) {
    var buffer = new ByteArrayBuffer(ROOM_BYTES + handle.length + HEAD_BYTES + extraBytes, false);
    buffer.wpos(ROOM_BYTES);
    buffer.rpos(ROOM_BYTES);
    buffer.putBytes(handle);
    return buffer;
  }

  /// The answer to a read; fewer bytes than were asked for may come in the middle of a file too,
  /// none only at its end.
  ByteBuffer awaitRead(int question) throws IOException {
    var answer = await(question);
    int kind = answer.getUByte();
    answer.getInt();
    if (kind == SftpConstants.SSH_FXP_DATA) {
      int length = answer.getInt();
      if (length < 0 || length > answer.available()) {
        throw new IOException("the server answered less than it said");
      }
      return ByteBuffer.wrap(answer.array(), answer.rpos(), length).slice();
    }
    int status = status(kind, answer);
    if (status == SftpConstants.SSH_FX_EOF) {
      return ByteBuffer.allocate(0);
    }
    throw refusal(status, answer);
  }

  void awaitWrite(int question) throws IOException {
    var answer = await(question);
    int kind = answer.getUByte();
    answer.getInt();
    int status = status(kind, answer);
    if (status != SftpConstants.SSH_FX_OK) {
      throw refusal(status, answer);
    }
  }

  /// An answer, behind its length.
  private Buffer await(int question) throws IOException {
    var answer = client.receive(question, timeout);
    if (answer == null) {
      throw new SocketTimeoutException("no answer in time");
    }
    answer.getInt();
    return answer;
  }

  private static int status(int kind, Buffer answer) throws IOException {
    if (kind != SftpConstants.SSH_FXP_STATUS) {
      throw new IOException("the server answered a packet of kind " + kind);
    }
    return answer.getInt();
  }

  private static SftpException refusal(int status, Buffer answer) {
    return new SftpException(status, answer.getString());
  }
}
