package io.kintsugi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;

/// How a federated bucket was verified, as a person reads it.
final class VerifiedTree {
  private VerifiedTree() {}

  static String line(JsonNode verification) {
    return "%s, %d files, %s, %d unread, %d rotten"
        .formatted(
            verification.path("status").asText(),
            verification.path("files").asLong(),
            Units.bytes(verification.path("bytes").asLong()),
            verification.path("unread").asLong(),
            verification.path("rotten").asLong());
  }

  static void print(PrintStream out, JsonNode care) {
    var verification = care.path("verification");
    out.println(
        verification.isObject()
            ? line(verification) + ", since " + verification.path("started_at").asText()
            : "never verified");
    for (var source : verification.path("sources")) {
      if (source.hasNonNull("error")) {
        out.printf(
            "  waits for %s: %s%n", source.path("origin").asText(), source.path("error").asText());
      }
    }
    if (care.hasNonNull("next")) {
      out.println("next: " + care.path("next").asText());
    }
    if (!care.path("rotten").isEmpty()) {
      var table = new Table("ROTTEN", "STATUS", "REASON");
      for (var one : care.path("rotten")) {
        table.row(
            one.path("origin").asText() + ":" + one.path("path").asText(),
            one.path("status").asText(),
            one.path("reason").asText("-"));
      }
      table.print(out, "");
    }
    var pass = care.path("mirroring");
    if (pass.isObject()) {
      out.printf(
          "mirroring %s: %d keys, %d copies made, %s sent for %s, %d left%s%n",
          pass.path("status").asText(),
          pass.path("keys").asLong(),
          pass.path("copies_made").asLong(),
          Units.bytes(pass.path("bytes_sent").asLong()),
          Units.bytes(pass.path("bytes").asLong()),
          pass.path("left").asLong(),
          pass.hasNonNull("reason") ? " (" + pass.path("reason").asText() + ")" : "");
    }
  }
}
