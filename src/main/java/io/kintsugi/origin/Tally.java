package io.kintsugi.origin;

import io.kintsugi.contract.RegistryContract.Work;
import io.kintsugi.kernel.Failure;
import io.kintsugi.kernel.FailureCode;
import io.vertx.core.Future;

/// Counts what an origin is asked to do and what comes of it.
final class Tally {
  private long reads;
  private long writes;
  private long bytesRead;
  private long bytesWritten;
  private long errors;

  Work work() {
    return new Work(reads, writes, bytesRead, bytesWritten, errors);
  }

  <T> Future<T> read(long bytes, Future<T> answer) {
    return answer
        .onSuccess(_ -> {
          reads++;
          bytesRead += bytes;
        })
        .onFailure(this::failed);
  }

  <T> Future<T> written(long bytes, Future<T> answer) {
    return answer
        .onSuccess(_ -> {
          writes++;
          bytesWritten += bytes;
        })
        .onFailure(this::failed);
  }

  /// What is not there, or was called off by who asked, is no error of the origin.
  void failed(Throwable cause) {
    var failure = Failure.from(cause);
    if (!failure.is(FailureCode.NOT_FOUND)
        && !failure.is(FailureCode.CANCELLED)
        && !failure.is(FailureCode.INVALID_REQUEST)) {
      errors++;
    }
  }
}
