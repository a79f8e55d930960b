package io.kintsugi.driver;

/// Why a driver could not do what it was asked, as far as the place tells.
public sealed interface Fault {
  /// The name, or a folder above it, is not there.
  record NotFound(String name) implements Fault {}

  record Exists(String name) implements Fault {}

  /// No room: of the disk, of a quota, or of inodes.
  record Full(String name) implements Fault {}

  /// The whole place takes no writes.
  record ReadOnly(String name) implements Fault {}

  record Denied(String name) implements Fault {}

  /// This process may open no more files; the place itself may be well.
  record TooManyFiles(String name) implements Fault {}

  /// The place did not answer in time. What was asked for may have happened, or may happen yet.
  record Timeout(String name) implements Fault {}

  /// Nobody answers: the connection broke or cannot be made, nothing is mounted, the driver was
  /// closed. What was asked for may have happened. Another attempt may find a way.
  record Disconnected(String name, String message) implements Fault {}

  /// The place does not do so much at once; it is well otherwise. Not before a moment has passed.
  record Throttled(String name) implements Fault {}

  /// The place refuses who asks, or is not the one that was meant: a wrong password, an unknown
  /// host key, no such share. Another attempt helps only after somebody has changed something.
  record Misconfigured(String name, String message) implements Fault {}

  /// Anything else. Nothing follows from it about what lies there.
  record Io(String name, String message) implements Fault {}

  /// The name that was worked on.
  String name();

  /// For a person.
  default String text() {
    return switch (this) {
      case NotFound(var name) -> "not found: " + name;
      case Exists(var name) -> "exists already: " + name;
      case Full(var name) -> "no space left: " + name;
      case ReadOnly(var name) -> "read-only: " + name;
      case Denied(var name) -> "permission denied: " + name;
      case TooManyFiles(var name) -> "too many open files: " + name;
      case Timeout(var name) -> "no answer in time: " + name;
      case Disconnected(var name, var message) -> "not connected: " + name + ": " + message;
      case Throttled(var name) -> "too much at once: " + name;
      case Misconfigured(var name, var message) -> "misconfigured: " + name + ": " + message;
      case Io(var name, var message) -> "I/O error: " + name + ": " + message;
    };
  }
}
