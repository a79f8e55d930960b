package io.kintsugi.driver;

import com.hierynomus.mserref.NtStatus;
import com.hierynomus.mssmb2.SMB2Dialect;
import com.hierynomus.mssmb2.SMB2Packet;
import com.hierynomus.mssmb2.SMBApiException;
import com.hierynomus.mssmb2.messages.SMB2ReadRequest;
import com.hierynomus.mssmb2.messages.SMB2ReadResponse;
import com.hierynomus.mssmb2.messages.SMB2WriteRequest;
import com.hierynomus.mssmb2.messages.SMB2WriteResponse;
import com.hierynomus.protocol.commons.buffer.Buffer;
import com.hierynomus.protocol.commons.concurrent.Futures;
import com.hierynomus.protocol.transport.TransportException;
import com.hierynomus.smbj.common.SMBRuntimeException;
import com.hierynomus.smbj.io.ByteChunkProvider;
import com.hierynomus.smbj.session.Session;
import com.hierynomus.smbj.share.File;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Questions about the bytes of one open file, sent without waiting for the answers to earlier
/// ones.
final class SmbPackets {
  /// Of one question: four credits.
  private static final int CHUNK_BYTES = 256 << 10;

  /// On their way at once, of one file.
  static final int CHUNKS = 4;

  private final Session session;
  private final SMB2Dialect dialect;
  private final long treeId;
  private final File file;
  private final int readBytes;
  private final int writeBytes;
  private final long timeoutMillis;

  /// @param timeout for one answer
  SmbPackets(SmbLink link, File file, Duration timeout) {
    var tree = link.share().getTreeConnect();
    var agreed = tree.getNegotiatedProtocol();
    session = tree.getSession();
    dialect = agreed.getDialect();
    treeId = tree.getTreeId();
    this.file = file;
    readBytes = Math.min(CHUNK_BYTES, agreed.getMaxReadSize());
    writeBytes = Math.min(CHUNK_BYTES, agreed.getMaxWriteSize());
    timeoutMillis = timeout.toMillis();
  }

  int readBytes() {
    return readBytes;
  }

  Future<SMB2ReadResponse> askRead(long position, int lengthBytes) {
    return send(
        new SMB2ReadRequest(
            dialect, file.getFileId(), session.getSessionId(), treeId, position, lengthBytes));
  }

  /// Fewer bytes than were asked for may come in the middle of a file too, none only at its end.
  ByteBuffer awaitRead(Future<SMB2ReadResponse> question) {
    var answer = await(question);
    long status = answer.getHeader().getStatusCode();
    if (status == NtStatus.STATUS_END_OF_FILE.getValue()) {
      return ByteBuffer.allocate(0);
    }
    requireDone(answer, status);
    return ByteBuffer.wrap(answer.getData());
  }

  /// Some bytes on their way into the file.
  record Sent(Future<SMB2WriteResponse> answer, int lengthBytes) {}

  /// Takes as many bytes from the buffer as the server lets go into one message.
  Sent sendWrite(long position, ByteBuffer bytes) {
    int length = Math.min(writeBytes, bytes.remaining());
    var piece = new Piece(bytes.slice(bytes.position(), length), position);
    Future<SMB2WriteResponse> answer =
        send(
            new SMB2WriteRequest(
                dialect, file.getFileId(), session.getSessionId(), treeId, piece, writeBytes));
    int sent = length - piece.bytesLeft();
    bytes.position(bytes.position() + sent);
    return new Sent(answer, sent);
  }

  void awaitWrite(Sent sent) {
    var answer = await(sent.answer());
    requireDone(answer, answer.getHeader().getStatusCode());
    if (answer.getBytesWritten() != sent.lengthBytes()) {
      throw new SMBRuntimeException("the server took fewer bytes than it was sent");
    }
  }

  private <P extends SMB2Packet> Future<P> send(SMB2Packet question) {
    try {
      return session.send(question);
    } catch (TransportException e) {
      throw new SMBRuntimeException(e);
    }
  }

  private <P extends SMB2Packet> P await(Future<P> question) {
    return Futures.get(question, timeoutMillis, TimeUnit.MILLISECONDS, SMBRuntimeException.Wrapper);
  }

  private static void requireDone(SMB2Packet answer, long status) {
    if (status != NtStatus.STATUS_SUCCESS.getValue()) {
      throw new SMBApiException(answer.getHeader(), "refused");
    }
  }

  /// Bytes for one message, which go into it as they are.
  private static final class Piece extends ByteChunkProvider {
    private final ByteBuffer bytes;

    Piece(ByteBuffer bytes, long position) {
      this.bytes = bytes;
      offset = position;
    }

    @Override
    public boolean isAvailable() {
      return bytes.hasRemaining();
    }

    @Override
    public void prepareWrite(int maxBytes) {
      // All of it is there.
    }

    @Override
    protected int getChunk(byte[] chunk) {
      int length = Math.min(chunk.length, bytes.remaining());
      bytes.get(chunk, 0, length);
      return length;
    }

    @Override
    public void writeChunks(Buffer<?> message, int chunks) {
      if (!bytes.hasArray()) {
        super.writeChunks(message, chunks);
        return;
      }
      int length = Math.min(chunks * CHUNK_SIZE, bytes.remaining());
      message.putRawBytes(bytes.array(), bytes.arrayOffset() + bytes.position(), length);
      bytes.position(bytes.position() + length);
      offset += length;
    }

    @Override
    public int bytesLeft() {
      return bytes.remaining();
    }
  }
}
