package io.kintsugi.driver;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the operating system meant. The JDK hides the number of an error and keeps only the C
/// library's words for most of them.
final class Errno {
  interface Work<T extends @Nullable Object> {
    T call() throws IOException, DriverException;
  }

  interface Deed {
    void call() throws IOException, DriverException;
  }

  /// Of a mount whose server, or whose own process, went away.
  private static final List<String> LOST =
      List.of(
          "Transport endpoint is not connected",
          "Software caused connection abort",
          "Stale file handle",
          "Host is down",
          "No route to host");

  private Errno() {}

  static <T extends @Nullable Object> T attempt(String name, Work<T> work) throws DriverException {
    try {
      return work.call();
    } catch (IOException e) {
      throw exception(name, e);
    }
  }

  static void perform(String name, Deed deed) throws DriverException {
    try {
      deed.call();
    } catch (IOException e) {
      throw exception(name, e);
    }
  }

  static DriverException exception(String name, IOException cause) {
    return new DriverException(fault(name, cause), cause);
  }

  private static Fault fault(String name, IOException cause) {
    return switch (cause) {
      case NoSuchFileException _, NotDirectoryException _ -> new Fault.NotFound(name);
      case FileAlreadyExistsException _ -> new Fault.Exists(name);
      case AccessDeniedException _ -> new Fault.Denied(name);
      case ClosedChannelException _ -> new Fault.Disconnected(name, "closed");
      default -> byWords(name, words(cause));
    };
  }

  private static String words(IOException cause) {
    var words = cause instanceof FileSystemException e ? e.getReason() : cause.getMessage();
    return words == null ? cause.getClass().getSimpleName() : words;
  }

  static Fault byWords(String name, String words) {
    if (words.contains("No space left") || words.contains("quota exceeded")) {
      return new Fault.Full(name);
    }
    if (words.contains("Read-only file system")) {
      return new Fault.ReadOnly(name);
    }
    if (words.contains("Too many open files")) {
      return new Fault.TooManyFiles(name);
    }
    if (words.contains("Operation not permitted")) {
      return new Fault.Denied(name);
    }
    if (words.contains("Not a directory")) {
      return new Fault.NotFound(name);
    }
    if (words.contains("Is a directory")) {
      return new Fault.Exists(name);
    }
    if (words.contains("Connection timed out")) {
      return new Fault.Timeout(name);
    }
    if (LOST.stream().anyMatch(words::contains)) {
      return new Fault.Disconnected(name, words);
    }
    return new Fault.Io(name, words);
  }
}
